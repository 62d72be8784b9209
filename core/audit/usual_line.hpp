#pragma once

#include "core/base/json_chars.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace menacedb {

// A line of an audit log in the spelling that all our writers use, and Python's json.dumps.
struct UsualLine {
  // `alpha", "table_name": "bots", "operation": "write`: as it holds plain characters only, equal
  // keys are equal accesses and the other way round.
  std::string_view key;
  std::string_view menace_id;
  std::string_view table;
  std::string_view operation;
  std::string_view time;
};

namespace usual_line {

inline constexpr std::string_view k_begin = R"({"menace_id": ")";
inline constexpr std::string_view k_table = R"(", "table_name": ")";
inline constexpr std::string_view k_operation = R"(", "operation": ")";
inline constexpr std::string_view k_time = R"(", "timestamp": ")";
inline constexpr std::string_view k_rows = R"(, "rows": )";
inline constexpr std::string_view k_prev = R"(, "prev": ")";
inline constexpr std::string_view k_hash = R"(, "hash": ")";

// The next text must be `Text`; then moves behind it. Its size is known when compiling, so that
// this becomes a few comparisons of whole words.
template <const std::string_view& Text>
[[nodiscard]] inline bool take(const char*& at) noexcept {
  if (std::memcmp(at, Text.data(), Text.size()) != 0) {
    return false;
  }
  at += Text.size();
  return true;
}

// Behind the plain characters at `at`; the zeros behind the buffer end them at the latest.
[[nodiscard]] inline const char* skip_plain(const char* at) noexcept {
#if defined(__SSE2__)
  for (;; at += 16) {
    const unsigned mask = json_special_mask<JsonRun::writing>(at);
    if (mask != 0) {
      return at + __builtin_ctz(mask);
    }
  }
#else
  while (!is_json_special<JsonRun::writing>(*at)) {
    ++at;
  }
  return at;
#endif
}

[[nodiscard]] inline std::string_view take_plain(const char*& at) noexcept {
  const char* const begin = at;
  at = skip_plain(at);
  return {begin, static_cast<std::size_t>(at - begin)};
}

// A whole number without sign that fits 63 bits.
[[nodiscard]] inline bool take_count(const char*& at) noexcept {
  const char* const begin = at;
  while (is_json_digit(*at)) {
    ++at;
  }
  return at != begin && at - begin <= 18 && (*begin != '0' || at - begin == 1);
}

[[nodiscard]] inline bool take_text_end(const char*& at) noexcept {
  at = skip_plain(at);
  return *at++ == '"';
}

// The optional fields behind the time, up to and with the newline.
[[nodiscard]] inline bool take_rest(const char*& at) noexcept {
  if (*at != '"') {
    return false;
  }
  ++at;
  if (at[0] == '}' && at[1] == '\n') [[likely]] {
    at += 2;
    return true;
  }
  if (take<k_rows>(at) && !take_count(at)) {
    return false;
  }
  if ((take<k_prev>(at) && !take_text_end(at)) || (take<k_hash>(at) && !take_text_end(at))) {
    return false;
  }
  if (at[0] != '}' || at[1] != '\n') {
    return false;
  }
  at += 2;
  return true;
}

} // namespace usual_line

// Reads the line at `at`, newline included, and returns where the next one begins, or a null
// pointer when it is spelled in another way, or not complete. At least 64 zero bytes must follow
// the bytes to read. What it accepts, a JSON parser accepts with the same meaning.
[[nodiscard]] inline const char* read_usual_line(const char* at, UsualLine& line) noexcept {
  using namespace usual_line;
  if (!take<k_begin>(at)) {
    return nullptr;
  }
  const char* const key = at;
  line.menace_id = take_plain(at);
  if (!take<k_table>(at)) {
    return nullptr;
  }
  line.table = take_plain(at);
  if (!take<k_operation>(at)) {
    return nullptr;
  }
  line.operation = take_plain(at);
  line.key = {key, static_cast<std::size_t>(at - key)};
  if (!take<k_time>(at)) {
    return nullptr;
  }
  line.time = take_plain(at);
  return take_rest(at) ? at : nullptr;
}

} // namespace menacedb
