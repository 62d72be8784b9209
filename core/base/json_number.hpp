#pragma once

#include "core/base/json.hpp"
#include "core/base/json_chars.hpp"
#include "core/base/json_problem.hpp"

namespace menacedb {

// What scanning a number found. `end` is behind it, or at the fault.
struct JsonNumberScan {
  const char* end;
  const JsonProblem* problem = nullptr;
  JsonType type = JsonType::integer;
  std::int64_t integer = 0;
  double real = 0;
};

[[nodiscard]] JsonNumberScan scan_json_number_slowly(const char* at, const char* end) noexcept;

// Reads the number at `at`, which is a minus sign or a digit.
[[nodiscard]] inline JsonNumberScan scan_json_number(const char* at, const char* end) noexcept {
  // Short integers, by far the most common: no sign, no leading zero, nothing that can overflow.
  constexpr std::ptrdiff_t most_digits = 18;
  const char* digit = at;
  std::int64_t value = 0;
  while (digit != end && is_json_digit(*digit)) {
    value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) * 10 +
                                      static_cast<std::uint64_t>(*digit - '0'));
    ++digit;
  }
  const bool is_whole = digit == end || (*digit != '.' && (*digit | 0x20) != 'e');
  const std::ptrdiff_t length = digit - at;
  if (is_whole && length > 0 && length <= most_digits && (*at != '0' || length == 1)) [[likely]] {
    JsonNumberScan scan{digit};
    scan.integer = value;
    return scan;
  }
  return scan_json_number_slowly(at, end);
}

} // namespace menacedb
