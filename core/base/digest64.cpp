#include "core/base/hash.hpp"

#include <bit>
#include <cstring>

namespace menacedb {

namespace {

__extension__ using Wide = unsigned __int128;

// Odd numbers with about as many ones as zeros, from the fractions of square roots of primes.
constexpr std::uint64_t k_first = 0x6a09e667f3bcc909U;
constexpr std::uint64_t k_second = 0xbb67ae8584caa73bU;
constexpr std::uint64_t k_third = 0x3c6ef372fe94f82bU;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Bytes count from the least significant on every machine, since the result is kept on disk.
std::uint64_t load_word(const char* at, std::size_t size) {
  std::uint64_t word = 0;
  if (size != 0) {
    std::memcpy(&word, at, size);
  }
  if constexpr (std::endian::native == std::endian::big) {
    word = __builtin_bswap64(word);
  }
  return word;
}

} // namespace

std::uint64_t digest64(std::string_view bytes) noexcept {
  std::uint64_t state = mix(bytes.size() ^ k_first, k_second);
  while (bytes.size() >= 16) {
    state = mix(load_word(bytes.data(), 8) ^ k_second, load_word(bytes.data() + 8, 8) ^ state);
    bytes.remove_prefix(16);
  }
  const std::size_t low = bytes.size() < 8 ? bytes.size() : 8;
  const std::uint64_t first = load_word(bytes.data(), low);
  const std::uint64_t last = load_word(bytes.data() + low, bytes.size() - low);
  state = mix(first ^ k_third, last ^ state ^ k_first);
  return mix(state ^ k_second, k_third);
}

} // namespace menacedb
