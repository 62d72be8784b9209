#pragma once

#include "core/os/clock.hpp"

#include <atomic>
#include <functional>

namespace menacedb::test {

// A clock that stands still until somebody sleeps or advances it. The default time is
// 2026-01-02T03:04:05Z. Times may be read by any thread; on_sleep() is set before threads start.
class FakeClock : public Clock {
public:
  explicit FakeClock(Instant now = Instant(std::chrono::seconds(1767323045)))
      : m_now(now.time_since_epoch()) {}

  Instant now() override { return Instant(m_now.load()); }
  Duration monotonic() override { return m_monotonic.load(); }
  void sleep(Duration duration) override {
    advance(duration);
    m_slept = m_slept.load() + duration;
    if (m_on_sleep) {
      m_on_sleep(duration);
    }
  }

  void advance(Duration duration) {
    m_now = m_now.load() + duration;
    m_monotonic = m_monotonic.load() + duration;
  }
  // As an administrator sets it: monotonic() does not notice.
  void set_now(Instant now) { m_now = now.time_since_epoch(); }
  // What the world does while somebody sleeps.
  void on_sleep(std::function<void(Duration)> action) { m_on_sleep = std::move(action); }
  [[nodiscard]] Duration slept() const { return m_slept.load(); }

private:
  std::atomic<Duration> m_now;
  std::atomic<Duration> m_monotonic{Duration::zero()};
  std::atomic<Duration> m_slept{Duration::zero()};
  std::function<void(Duration)> m_on_sleep;
};

} // namespace menacedb::test
