#include "core/base/text.hpp"
#include "core/base/utf8.hpp"
#include "core/base/width_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace menacedb {

namespace {

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

template <std::size_t Size>
bool contains(const std::array<CodeRange, Size>& table, char32_t code) {
  const auto after = std::upper_bound(table.begin(), table.end(), code,
                                      [](char32_t c, const CodeRange& r) { return c < r.first; });
  return after != table.begin() && code <= std::prev(after)->last;
}

std::size_t columns_of(Utf8Char c) {
  if (c.code < 0x80 || c.length == 0) {
    return 1;
  }
  if (contains(k_zero_width, c.code)) {
    return 0;
  }
  return contains(k_double_width, c.code) ? 2 : 1;
}

void append_escaped_bytes(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(byte));
  }
}

} // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = decode_utf8(text, at);
    const std::string_view bytes = text.substr(at, std::max(c.length, 1U));
    if (c.length == 0 || is_control(c.code)) {
      append_escaped_bytes(out, bytes);
    } else {
      out += bytes;
    }
    at += bytes.size();
  }
  return out;
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = decode_utf8(text, at);
    width += columns_of(c);
    at += std::max(c.length, 1U);
  }
  return width;
}

std::string elide(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) {
    return std::string(text);
  }
  if (columns == 0) {
    return {};
  }
  std::size_t width = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Char c = decode_utf8(text, at);
    width += columns_of(c);
    if (width > columns - 1) { // one column is the ellipsis
      break;
    }
    at += std::max(c.length, 1U);
  }
  return std::string(text.substr(0, at)) + "…";
}

} // namespace menacedb
