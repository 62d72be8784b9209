#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace menacedb {

// One character of a UTF-8 text. `length` is 0 where the bytes are not UTF-8: overlong forms,
// surrogates, code points beyond U+10FFFF and cut sequences are all refused (RFC 3629).
struct Utf8Char {
  char32_t code = 0;
  unsigned length = 0;
};

namespace detail {

[[nodiscard]] inline bool is_continuation(unsigned char byte) noexcept {
  return (byte & 0xC0U) == 0x80U;
}

[[nodiscard]] inline char32_t continuation_bits(unsigned char byte) noexcept {
  return byte & 0x3FU;
}

} // namespace detail

// The character at `at`, which must be before `end`.
[[nodiscard]] inline Utf8Char decode_utf8(const char* at, const char* end) noexcept {
  using detail::continuation_bits;
  using detail::is_continuation;
  const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const std::size_t left = static_cast<std::size_t>(end - at);
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    return {lead, 1};
  }
  if (lead < 0xC2 || lead > 0xF4 || left < 2 || !is_continuation(byte(1))) {
    return {};
  }
  if (lead < 0xE0) {
    return {(lead & 0x1FU) << 6 | continuation_bits(byte(1)), 2};
  }
  if (left < 3 || !is_continuation(byte(2))) {
    return {};
  }
  if (lead < 0xF0) {
    const char32_t code =
        (lead & 0x0FU) << 12 | continuation_bits(byte(1)) << 6 | continuation_bits(byte(2));
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < 0x800 || is_surrogate ? Utf8Char{} : Utf8Char{code, 3};
  }
  if (left < 4 || !is_continuation(byte(3))) {
    return {};
  }
  const char32_t code = (lead & 0x07U) << 18 | continuation_bits(byte(1)) << 12 |
                        continuation_bits(byte(2)) << 6 | continuation_bits(byte(3));
  return code < 0x10000 || code > 0x10FFFF ? Utf8Char{} : Utf8Char{code, 4};
}

[[nodiscard]] inline Utf8Char decode_utf8(std::string_view text, std::size_t offset) noexcept {
  return decode_utf8(text.data() + offset, text.data() + text.size());
}

// Writes the UTF-8 of `code` (a valid scalar value) to `out`, which has room for 4 bytes.
[[nodiscard]] inline char* encode_utf8(char32_t code, char* out) noexcept {
  const auto put = [&out](char32_t byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return out;
}

} // namespace menacedb
