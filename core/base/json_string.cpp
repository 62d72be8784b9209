#include "core/base/json_string.hpp"

#include "core/base/utf8.hpp"

#include <cstring>

namespace menacedb {

namespace {

constexpr char32_t k_not_hex = 0x10000;
constexpr std::ptrdiff_t k_hex_escape = 6; // \uXXXX

bool is_high_surrogate(char32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low_surrogate(char32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

// The code unit of the \uXXXX at `at`, or k_not_hex when there is none.
char32_t read_unit(const char* at, const char* end) {
  const bool is_unicode_escape = end - at >= k_hex_escape && at[0] == '\\' && at[1] == 'u';
  return is_unicode_escape ? read_json_hex4(at + 2) : k_not_hex;
}

// Where the escape at `at` ends, or its fault.
JsonStringScan scan_escape(const char* at, const char* end) {
  if (end - at < 2) {
    return {at, &json_problem::k_cut_string};
  }
  constexpr std::string_view simple = "\"\\/bfnrt";
  if (simple.find(at[1]) != std::string_view::npos) {
    return {at + 2};
  }
  const char32_t unit = read_unit(at, end);
  if (unit == k_not_hex) {
    return {at, &json_problem::k_escape};
  }
  if (is_low_surrogate(unit)) {
    return {at, &json_problem::k_surrogate};
  }
  if (is_high_surrogate(unit)) {
    const bool is_pair = is_low_surrogate(read_unit(at + k_hex_escape, end));
    return is_pair ? JsonStringScan{at + 2 * k_hex_escape}
                   : JsonStringScan{at, &json_problem::k_surrogate};
  }
  return {at + k_hex_escape};
}

// Past the characters beyond ASCII that begin at `at`.
JsonStringScan scan_beyond_ascii(const char* at, const char* end) {
  while (at != end && static_cast<unsigned char>(*at) >= 0x80) {
    const unsigned length = decode_utf8(at, end).length;
    if (length == 0) {
      return {at, &json_problem::k_utf8};
    }
    at += length;
  }
  return {at};
}

char decode_simple_escape(char letter) {
  switch (letter) {
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  default:
    return letter; // the quote, the backslash and the slash stand for themselves
  }
}

} // namespace

char32_t read_json_hex4(const char* at) noexcept {
  char32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const char letter = static_cast<char>(c | 0x20);
    if (is_json_digit(c)) {
      value = value << 4 | static_cast<char32_t>(c - '0');
    } else if (letter >= 'a' && letter <= 'f') {
      value = value << 4 | static_cast<char32_t>(letter - 'a' + 10);
    } else {
      return k_not_hex;
    }
  }
  return value;
}

JsonStringScan scan_json_string_slowly(const char* at, JsonBounds bounds) noexcept {
  bool has_escapes = false;
  while (true) {
    if (at == bounds.end) {
      return {at, &json_problem::k_cut_string};
    }
    if (*at == '"') {
      return {at + 1, nullptr, has_escapes};
    }
    JsonStringScan part{at, &json_problem::k_control};
    if (*at == '\\') {
      has_escapes = true;
      part = scan_escape(at, bounds.end);
    } else if (static_cast<unsigned char>(*at) >= 0x80) {
      part = scan_beyond_ascii(at, bounds.end);
    }
    if (part.problem != nullptr) {
      return part;
    }
    at = find_json_special<JsonRun::reading>(part.end, bounds);
  }
}

char* decode_json_string(std::string_view body, char* out) noexcept {
  const char* at = body.data();
  const char* const end = at + body.size();
  while (at != end) {
    const void* found = std::memchr(at, '\\', static_cast<std::size_t>(end - at));
    const char* const escape = found == nullptr ? end : static_cast<const char*>(found);
    const auto plain = static_cast<std::size_t>(escape - at);
    std::memcpy(out, at, plain);
    out += plain;
    at = escape;
    if (at == end) {
      break;
    }
    if (at[1] != 'u') {
      *out++ = decode_simple_escape(at[1]);
      at += 2;
      continue;
    }
    char32_t code = read_json_hex4(at + 2);
    at += k_hex_escape;
    if (is_high_surrogate(code)) {
      const char32_t low = read_json_hex4(at + 2);
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      at += k_hex_escape;
    }
    out = encode_utf8(code, out);
  }
  return out;
}

} // namespace menacedb
