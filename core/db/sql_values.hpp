#pragma once

#include "core/base/time.hpp"

#include <bit>
#include <cstdint>

namespace menacedb {

// How our own tables hold what SQLite has no type for: times as integer microseconds UTC, unsigned
// 64-bit values by their bits.
[[nodiscard]] inline std::int64_t to_sql(Instant when) noexcept {
  return when.time_since_epoch().count();
}
[[nodiscard]] inline Instant instant_from_sql(std::int64_t value) noexcept {
  return Instant(Duration(value));
}
[[nodiscard]] constexpr std::int64_t to_sql(std::uint64_t bits) noexcept {
  return std::bit_cast<std::int64_t>(bits);
}
[[nodiscard]] constexpr std::uint64_t unsigned_from_sql(std::int64_t value) noexcept {
  return std::bit_cast<std::uint64_t>(value);
}

} // namespace menacedb
