#include "core/os/process_handle.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

extern "C" { // glibc 2.36 forgot to say so itself
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <poll.h>

namespace menacedb {

std::optional<ProcessHandle> ProcessHandle::open(int pid) {
  Fd file(::pidfd_open(pid, 0));
  if (!file) {
    if (errno == ESRCH || errno == EINVAL) {
      return std::nullopt;
    }
    throw system_error(errno, "open process", fmt::format("{}", pid));
  }
  return ProcessHandle(pid, std::move(file));
}

bool ProcessHandle::signal(int number) const {
  if (::pidfd_send_signal(m_file.get(), number, nullptr, 0) == 0) {
    return true;
  }
  if (errno == ESRCH) {
    return false;
  }
  throw system_error(errno, "send a signal to process", fmt::format("{}", m_pid));
}

bool ProcessHandle::wait_for_end(Duration patience) const {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const auto wait = std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max());
    pollfd input{.fd = m_file.get(), .events = POLLIN, .revents = 0};
    const int count = ::poll(&input, 1, static_cast<int>(wait));
    if (count > 0) {
      return true;
    }
    if (count == 0 && left <= 0) {
      return false;
    }
  }
}

} // namespace menacedb
