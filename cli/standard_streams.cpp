#include "cli/standard_streams.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace menacedb {

bool fill_standard_streams() noexcept {
  // One poll() instead of three fcntl(): this runs before every enqueue.
  std::array<pollfd, 3> streams = {{{.fd = STDIN_FILENO, .events = 0, .revents = 0},
                                    {.fd = STDOUT_FILENO, .events = 0, .revents = 0},
                                    {.fd = STDERR_FILENO, .events = 0, .revents = 0}}};
  if (::poll(streams.data(), streams.size(), 0) == 0) {
    return true;
  }
  for (const pollfd& stream : streams) {
    // Lowest first, so that open() returns just this number.
    if ((stream.revents & POLLNVAL) != 0 && ::open("/dev/null", O_RDWR) != stream.fd) {
      std::abort();
    }
  }
  return (streams[STDOUT_FILENO].revents & POLLNVAL) == 0;
}

} // namespace menacedb
