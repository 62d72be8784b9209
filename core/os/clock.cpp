#include "core/os/clock.hpp"

#include <time.h>

namespace menacedb {

namespace {

Duration read_clock(clockid_t id) {
  timespec time{};
  ::clock_gettime(id, &time);
  return std::chrono::floor<Duration>(std::chrono::seconds(time.tv_sec) +
                                      std::chrono::nanoseconds(time.tv_nsec));
}

} // namespace

Instant SystemClock::now() {
  return Instant(read_clock(CLOCK_REALTIME));
}

Duration SystemClock::monotonic() {
  return read_clock(CLOCK_MONOTONIC);
}

void SystemClock::sleep(Duration duration) {
  if (duration <= Duration::zero()) {
    return;
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  timespec time{};
  time.tv_sec = seconds.count();
  time.tv_nsec = std::chrono::nanoseconds(duration - seconds).count();
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

} // namespace menacedb
