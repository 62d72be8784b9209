#include "core/base/text.hpp"

#include "core/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace menacedb {

namespace {

constexpr std::uint64_t k_high_bits = 0x8080808080808080U;

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Past the ASCII bytes at the front, eight at a time.
const char* skip_ascii(const char* at, const char* end) {
  while (end - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    if ((word & k_high_bits) != 0) {
      break;
    }
    at += 8;
  }
  while (at != end && static_cast<unsigned char>(*at) < 0x80) {
    ++at;
  }
  return at;
}

} // namespace

bool is_valid_utf8(std::string_view text) noexcept {
  const char* const end = text.data() + text.size();
  const char* at = skip_ascii(text.data(), end);
  while (at != end) {
    const unsigned length = decode_utf8(at, end).length;
    if (length == 0) {
      return false;
    }
    at += length;
    if (length == 1) {
      at = skip_ascii(at, end);
    }
  }
  return true;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t cut = text.find(separator);
    const std::string_view part = trim(text.substr(0, cut));
    if (!part.empty()) {
      parts.emplace_back(part);
    }
    if (cut == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(cut + 1);
  }
}

bool is_safe_id(std::string_view id) noexcept {
  constexpr std::size_t longest = 128;
  constexpr std::array<std::string_view, 3> reserved{"queue.failed", "queue.log", "replay"};
  const auto is_word = [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (id.empty() || id.size() > longest || !is_word(id.front())) {
    return false;
  }
  if (!std::all_of(id.begin(), id.end(), [&](char c) { return is_word(c) || c == '.'; })) {
    return false;
  }
  return std::find(reserved.begin(), reserved.end(), id) == reserved.end() &&
         !id.ends_with("_queue");
}

} // namespace menacedb
