#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Where an entry stands in a directory queue, as the name of its file says:
// `{priority}_{sequence}.json`, the sequence being `<nanoseconds>_<counter>`. Old producers write
// seconds too, perhaps with an `N` behind them (a date command that knows no nanoseconds), so that
// times of all lengths are brought to nanoseconds. The order is numeric.
struct DirPlace {
  std::uint32_t priority = 0; // as written: it may be outside of 1 to 10
  std::uint64_t time = 0;     // nanoseconds since 1970; 0 when the name has none
  std::uint64_t counter = 0;

  friend auto operator<=>(const DirPlace&, const DirPlace&) = default;
};

// None: not the name of an entry.
[[nodiscard]] std::optional<DirPlace> parse_dir_name(std::string_view name) noexcept;
// "1767328963123456789_42" of "5_1767328963123456789_42.json". The name must be one of an entry.
[[nodiscard]] std::string_view sequence_of(std::string_view name) noexcept;
[[nodiscard]] std::string format_dir_name(int priority, std::string_view sequence);
// Clamped to 1 … 10, for people.
[[nodiscard]] int shown_priority(std::uint32_t priority) noexcept;

} // namespace menacedb
