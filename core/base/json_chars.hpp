#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace menacedb {

// The text being read; `begin` is only for looking at the last bytes of a short remainder at once.
struct JsonBounds {
  const char* begin;
  const char* end;
};

// Who looks for the end of a plain run in a string. DEL is an ordinary character for a reader, but
// no writer of ours writes it as it is, and Python's does not either.
enum class JsonRun { reading, writing };

// Bytes that end a plain run: the quote, the backslash, control characters and everything beyond
// ASCII, whose encoding has to be checked.
template <JsonRun Run>
[[nodiscard]] inline bool is_json_special(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return c == '"' || c == '\\' || byte < 0x20 || byte >= (Run == JsonRun::writing ? 0x7F : 0x80);
}

template <JsonRun Run>
[[nodiscard]] inline const char* find_json_special_by_byte(const char* at,
                                                           const char* end) noexcept {
  while (at != end && !is_json_special<Run>(*at)) {
    ++at;
  }
  return at;
}

#if defined(__SSE2__)

// One bit for each special byte of the sixteen at `at`.
template <JsonRun Run>
[[nodiscard]] inline unsigned json_special_mask(const char* at) noexcept {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  // Signed comparison: bytes beyond ASCII are negative, so below the blank too.
  __m128i outside = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
  if constexpr (Run == JsonRun::writing) {
    outside = _mm_or_si128(outside, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)));
  }
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), outside)));
}

// The first special byte at or after `at`, or the end.
template <JsonRun Run>
[[nodiscard]] inline const char* find_json_special(const char* at, JsonBounds bounds) noexcept {
  constexpr std::ptrdiff_t width = 16;
  while (bounds.end - at >= width) {
    const unsigned mask = json_special_mask<Run>(at);
    if (mask != 0) {
      return at + __builtin_ctz(mask);
    }
    at += width;
  }
  if (bounds.end - bounds.begin < width) {
    return find_json_special_by_byte<Run>(at, bounds.end);
  }
  // The last sixteen bytes of the text, without those before `at`.
  const auto already_seen = static_cast<unsigned>(width - (bounds.end - at));
  const unsigned mask = json_special_mask<Run>(bounds.end - width) >> already_seen;
  return mask != 0 ? at + __builtin_ctz(mask) : bounds.end;
}

#else

template <JsonRun Run>
[[nodiscard]] inline const char* find_json_special(const char* at, JsonBounds bounds) noexcept {
  return find_json_special_by_byte<Run>(at, bounds.end);
}

#endif

[[nodiscard]] inline bool is_json_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

[[nodiscard]] inline const char* skip_json_space(const char* at, const char* end) noexcept {
  while (at != end && is_json_space(*at)) {
    ++at;
  }
  return at;
}

[[nodiscard]] inline bool is_json_digit(char c) noexcept {
  return static_cast<unsigned char>(c - '0') < 10;
}

} // namespace menacedb
