#pragma once

namespace menacedb {

// 1 is served first, 10 last.
inline constexpr int k_first_priority = 1;
inline constexpr int k_default_priority = 5;
inline constexpr int k_last_priority = 10;

[[nodiscard]] constexpr bool is_valid_priority(int priority) noexcept {
  return priority >= k_first_priority && priority <= k_last_priority;
}

} // namespace menacedb
