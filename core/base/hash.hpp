#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace menacedb {

// Incremental SHA-256 (FIPS 180-4); uses the processor's SHA instructions where it has them.
class Sha256 {
public:
  using Digest = std::array<unsigned char, 32>;

  Sha256() noexcept;
  void update(std::string_view bytes) noexcept;
  [[nodiscard]] Digest finish() noexcept; // once

private:
  std::array<std::uint32_t, 8> m_state;
  std::array<unsigned char, 64> m_block;
  std::uint64_t m_length = 0;
};

[[nodiscard]] Sha256::Digest sha256(std::string_view bytes) noexcept;
[[nodiscard]] std::string to_hex(const Sha256::Digest& digest); // lower case
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

// A fast 64-bit hash (not for adversaries): the ledger's digest of the bytes before an offset.
[[nodiscard]] std::uint64_t digest64(std::string_view bytes) noexcept;

} // namespace menacedb
