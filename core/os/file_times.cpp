#include "core/os/file_times.hpp"

#include <sys/stat.h>

namespace menacedb {

void set_modified_at(const Fd& file, Instant when) noexcept {
  const auto since = when.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  struct timespec times[2] = {};
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = seconds.count();
  times[1].tv_nsec = std::chrono::nanoseconds(since - seconds).count();
  static_cast<void>(::futimens(file.get(), times));
}

} // namespace menacedb
