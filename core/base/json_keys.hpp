#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace menacedb {

// Names seen in one object with more than a few members: a hash table of numbers that stand for
// them. What a number means is the caller's business, who passes how to hash and compare.
class JsonKeySet {
public:
  // False when an equal name is there already. `equals(other)` compares the new name with an older
  // one, `hash_of(other)` hashes an older one again when the table grows.
  template <typename Equals, typename HashOf>
  [[nodiscard]] bool insert(std::uint32_t id, std::uint64_t hash, Equals equals, HashOf hash_of) {
    if ((m_count + 1) * 2 > m_slots.size()) {
      grow(hash_of);
    }
    std::size_t slot = hash & (m_slots.size() - 1);
    for (; m_slots[slot] != k_free; slot = (slot + 1) & (m_slots.size() - 1)) {
      if (equals(m_slots[slot])) {
        return false;
      }
    }
    m_slots[slot] = id;
    ++m_count;
    return true;
  }

  // Keeps a small table's memory.
  void clear() noexcept;

private:
  static constexpr std::uint32_t k_free = UINT32_MAX;

  template <typename HashOf>
  void grow(HashOf hash_of) {
    std::vector<std::uint32_t> larger(m_slots.empty() ? 64 : m_slots.size() * 2, k_free);
    for (const std::uint32_t id : m_slots) {
      if (id == k_free) {
        continue;
      }
      std::size_t slot = hash_of(id) & (larger.size() - 1);
      while (larger[slot] != k_free) {
        slot = (slot + 1) & (larger.size() - 1);
      }
      larger[slot] = id;
    }
    m_slots = std::move(larger);
  }

  std::vector<std::uint32_t> m_slots;
  std::size_t m_count = 0;
};

// One bit of 64, equal for names that differ at most in ASCII case. A bit not seen before in an
// object proves a name new without comparing it with any other.
[[nodiscard]] inline std::uint64_t json_key_bit(std::string_view key) noexcept {
  if (key.empty()) {
    return 1;
  }
  const auto folded = [](char c) { return static_cast<unsigned>(c | 0x20) & 0xFFU; };
  const unsigned sum = static_cast<unsigned>(key.size()) + 5 * folded(key.front()) +
                       11 * folded(key[key.size() / 2]) + 23 * folded(key.back());
  return std::uint64_t{1} << (sum & 63U);
}

// Equal for names that differ at most in ASCII case.
[[nodiscard]] std::uint64_t hash_json_key_folded(std::string_view key) noexcept;

} // namespace menacedb
