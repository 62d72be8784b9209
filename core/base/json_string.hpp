#pragma once

#include "core/base/json_chars.hpp"
#include "core/base/json_problem.hpp"

#include <string_view>

namespace menacedb {

// What scanning a string found. `end` is behind the closing quote, or at the fault.
struct JsonStringScan {
  const char* end;
  const JsonProblem* problem = nullptr;
  bool has_escapes = false;
};

[[nodiscard]] JsonStringScan scan_json_string_slowly(const char* at, JsonBounds bounds) noexcept;

// Checks the string whose first byte after the opening quote is `at`.
[[nodiscard]] inline JsonStringScan scan_json_string(const char* at, JsonBounds bounds) noexcept {
  at = find_json_special<JsonRun::reading>(at, bounds);
  if (at != bounds.end && *at == '"') [[likely]] {
    return {at + 1};
  }
  return scan_json_string_slowly(at, bounds);
}

// Writes the decoded content of a checked string, given without its quotes, to `out`, which has
// room for as many bytes. Returns where it stopped.
[[nodiscard]] char* decode_json_string(std::string_view body, char* out) noexcept;

// The four hexadecimal digits at `at`, or 0x10000 when they are not.
[[nodiscard]] char32_t read_json_hex4(const char* at) noexcept;

} // namespace menacedb
