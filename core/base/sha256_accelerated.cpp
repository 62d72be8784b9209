#include "core/base/sha256_blocks.hpp"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define MENACEDB_SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))

namespace menacedb {

namespace {

// The instructions keep the state as the halves ABEF and CDGH, highest word first.
struct Halves {
  __m128i abef;
  __m128i cdgh;
};

MENACEDB_SHA_TARGET Halves load_state(const Sha256State& state) {
  const auto* words = reinterpret_cast<const __m128i*>(state.data());
  const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xB1);
  const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1B);
  return {_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xF0)};
}

MENACEDB_SHA_TARGET void store_state(Sha256State& state, const Halves& halves) {
  auto* words = reinterpret_cast<__m128i*>(state.data());
  const __m128i feba = _mm_shuffle_epi32(halves.abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(halves.cdgh, 0xB1);
  _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
}

MENACEDB_SHA_TARGET inline void four_rounds(Halves& halves, __m128i words, std::size_t round) {
  const auto* constants = reinterpret_cast<const __m128i*>(k_sha256_rounds.data() + round);
  const __m128i sum = _mm_add_epi32(words, _mm_load_si128(constants));
  halves.cdgh = _mm_sha256rnds2_epu32(halves.cdgh, halves.abef, sum);
  halves.abef = _mm_sha256rnds2_epu32(halves.abef, halves.cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

MENACEDB_SHA_TARGET void compress(Halves& halves, const unsigned char* block) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const Halves before = halves;
  __m128i words[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const auto* source = reinterpret_cast<const __m128i*>(block + 16 * i);
    words[i] = _mm_shuffle_epi8(_mm_loadu_si128(source), swap);
    four_rounds(halves, words[i], 4 * i);
  }
  // Each group of four schedule words replaces the one from sixteen rounds ago.
#pragma GCC unroll 12
  for (std::size_t i = 4; i < 16; ++i) {
    __m128i& oldest = words[i % 4];
    const __m128i newest = words[(i + 3) % 4];
    const __m128i middle = _mm_alignr_epi8(newest, words[(i + 2) % 4], 4);
    oldest = _mm_add_epi32(_mm_sha256msg1_epu32(oldest, words[(i + 1) % 4]), middle);
    oldest = _mm_sha256msg2_epu32(oldest, newest);
    four_rounds(halves, oldest, 4 * i);
  }
  halves.abef = _mm_add_epi32(halves.abef, before.abef);
  halves.cdgh = _mm_add_epi32(halves.cdgh, before.cdgh);
}

} // namespace

MENACEDB_SHA_TARGET void sha256_blocks_accelerated(Sha256State& state, const unsigned char* data,
                                                   std::size_t count) noexcept {
  Halves halves = load_state(state);
  for (std::size_t i = 0; i < count; ++i) {
    compress(halves, data + 64 * i);
  }
  store_state(state, halves);
}

// The compiler's __builtin_cpu_supports has no word for these instructions before version 13.
bool has_sha_instructions() noexcept {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned sha = 1U << 29;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & sha) == 0) {
    return false;
  }
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_1) != 0 && (c & bit_SSSE3) != 0;
}

} // namespace menacedb

#else

namespace menacedb {

void sha256_blocks_accelerated(Sha256State& state, const unsigned char* data,
                               std::size_t count) noexcept {
  sha256_blocks_portable(state, data, count);
}

bool has_sha_instructions() noexcept {
  return false;
}

} // namespace menacedb

#endif
