#include "core/base/json_text.hpp"

#include "core/base/json_ascii.hpp"
#include "core/base/json_chars.hpp"
#include "core/base/utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace menacedb {

namespace {

constexpr char32_t k_replacement = 0xFFFD;

void append_utf8_character(std::string& out, Utf8Char c, bool ascii) {
  // C1 controls act on terminals, so they are never written as they are.
  if (ascii || (c.code >= 0x80 && c.code < 0xA0)) {
    append_json_escape(out, c.code);
    return;
  }
  std::array<char, 4> bytes;
  char* const begin = bytes.data();
  out.append(begin, encode_utf8(c.code, begin));
}

// Takes one special byte, or the whole character it begins, off the text.
const char* append_special(std::string& out, const char* at, const char* end, bool ascii) {
  const Utf8Char c = decode_utf8(at, end);
  if (c.length == 1) {
    append_json_ascii_escape(out, *at);
    return at + 1;
  }
  if (c.length == 0) {
    append_utf8_character(out, {k_replacement, 3}, ascii);
    return at + 1;
  }
  append_utf8_character(out, c, ascii);
  return at + c.length;
}

} // namespace

void append_json_string(std::string& out, std::string_view text, bool ascii) {
  const JsonBounds bounds{text.data(), text.data() + text.size()};
  const char* at = bounds.begin;
  out += '"';
  while (true) {
    const char* const special = find_json_special<JsonRun::writing>(at, bounds);
    out.append(at, special);
    if (special == bounds.end) {
      break;
    }
    at = append_special(out, special, bounds.end, ascii);
  }
  out += '"';
}

void append_json_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    // Python's words; no JSON, but such a value cannot come from JSON either.
    out += std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
    return;
  }
  std::array<char, 32> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                     std::chars_format::scientific);
  // d[.ddd]e±xx: Python wants the same digits, laid out by the exponent.
  std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  if (text.front() == '-') {
    out += '-';
    text.remove_prefix(1);
  }
  const std::size_t letter = text.find('e');
  std::array<char, 32> digits;
  std::size_t count = 0;
  for (const char c : text.substr(0, letter)) {
    if (c != '.') {
      digits[count++] = c;
    }
  }
  int exponent = 0;
  const char* first = text.data() + letter + 1;
  first += *first == '+' ? 1 : 0;
  std::from_chars(first, text.data() + text.size(), exponent);
  append_python_layout(out, {digits.data(), count}, exponent);
}

} // namespace menacedb
