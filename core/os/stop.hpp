#pragma once

#include <atomic>

namespace menacedb {

// Says that the work should end soon: set by a signal handler or another thread, read by every
// wait.
class StopFlag {
public:
  void request() noexcept { m_requested.store(true, std::memory_order_relaxed); }
  // Whether it was set; it is not any more.
  bool take() noexcept { return m_requested.exchange(false, std::memory_order_relaxed); }
  [[nodiscard]] bool is_requested() const noexcept {
    return m_requested.load(std::memory_order_relaxed);
  }

private:
  std::atomic<bool> m_requested{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");
};

} // namespace menacedb
