#include "core/base/hash.hpp"

#include "core/base/sha256_blocks.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace menacedb {

namespace {

constexpr std::size_t k_block_size = 64;

void hash_blocks(Sha256State& state, const unsigned char* data, std::size_t count) noexcept {
  static const bool is_accelerated = has_sha_instructions();
  if (is_accelerated) {
    sha256_blocks_accelerated(state, data, count);
  } else {
    sha256_blocks_portable(state, data, count);
  }
}

} // namespace

Sha256::Sha256() noexcept
    : m_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19} {}

void Sha256::update(std::string_view bytes) noexcept {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  const std::size_t filled = m_length % k_block_size;
  m_length += left;
  if (filled != 0) {
    const std::size_t part = std::min(left, k_block_size - filled);
    std::copy_n(data, part, m_block.data() + filled);
    data += part;
    left -= part;
    if (filled + part < k_block_size) {
      return;
    }
    hash_blocks(m_state, m_block.data(), 1);
  }
  const std::size_t blocks = left / k_block_size;
  if (blocks != 0) {
    hash_blocks(m_state, data, blocks);
    data += blocks * k_block_size;
  }
  std::copy_n(data, left % k_block_size, m_block.data());
}

Sha256::Digest Sha256::finish() noexcept {
  constexpr std::size_t length_at = k_block_size - 8;
  const std::uint64_t bit_count = m_length * 8;
  std::size_t filled = m_length % k_block_size;
  m_block[filled++] = 0x80;
  if (filled > length_at) {
    std::fill(m_block.begin() + static_cast<std::ptrdiff_t>(filled), m_block.end(),
              std::uint8_t{0});
    hash_blocks(m_state, m_block.data(), 1);
    filled = 0;
  }
  std::fill(m_block.begin() + static_cast<std::ptrdiff_t>(filled), m_block.end(), std::uint8_t{0});
  for (std::size_t i = 0; i < 8; ++i) {
    m_block[length_at + i] = static_cast<unsigned char>(bit_count >> (56 - 8 * i) & 0xFF);
  }
  hash_blocks(m_state, m_block.data(), 1);
  Digest digest;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<unsigned char>(m_state[i / 4] >> (24 - 8 * (i % 4)) & 0xFF);
  }
  return digest;
}

Sha256::Digest sha256(std::string_view bytes) noexcept {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string to_hex(const Sha256::Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(digest.size() * 2, '0');
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = digits[digest[i] >> 4];
    text[2 * i + 1] = digits[digest[i] & 0xF];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  return to_hex(sha256(bytes));
}

} // namespace menacedb
