#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// How often an id used a table in one way.
struct AuditCount {
  std::string menace_id;
  std::string table;
  std::string operation;
  std::uint64_t count = 0;
};

// Counts accesses by id, table and operation. Memory follows the number of different ones. Not
// thread-safe.
class AuditCounts {
public:
  struct Access {
    std::string_view menace_id;
    std::string_view table;
    std::string_view operation;
  };
  // `key` is the access as UsualLine::key spells it, whose text is then plain.
  void add_usual(std::string_view key, const Access& access) {
    const std::uint64_t hash = hash_of(key);
    std::size_t slot = hash & m_mask;
    for (; m_slots[slot].key != nullptr; slot = (slot + 1) & m_mask) {
      Slot& candidate = m_slots[slot];
      if (candidate.hash == hash && candidate.key_size == key.size() &&
          std::string_view(candidate.key, key.size()) == key) [[likely]] {
        ++*candidate.count;
        return;
      }
    }
    insert(slot, hash, key, access);
  }
  // Any text.
  void add(const Access& access);

  // In the order in which they were seen first.
  [[nodiscard]] const std::deque<AuditCount>& counts() const noexcept { return m_counts; }

  AuditCounts();
  AuditCounts(const AuditCounts&) = delete;
  AuditCounts& operator=(const AuditCounts&) = delete;

private:
  struct Slot {
    std::uint64_t hash = 0;
    const char* key = nullptr; // none: free
    std::size_t key_size = 0;
    std::uint64_t* count = nullptr;
  };

  // Keys have more than sixteen bytes, their fixed part alone.
  [[nodiscard]] static std::uint64_t hash_of(std::string_view key) noexcept {
    const char* at = key.data();
    const char* const last = at + key.size() - 16;
    std::uint64_t hash = key.size();
    for (; at < last; at += 16) {
      hash = mixed(hash, at);
    }
    return mixed(hash, last);
  }
  [[nodiscard]] static std::uint64_t mixed(std::uint64_t hash, const char* sixteen) noexcept;
  void insert(std::size_t slot, std::uint64_t hash, std::string_view key, const Access& access);
  void grow();

  std::deque<AuditCount> m_counts; // never moves what it holds
  std::deque<std::string> m_keys;
  std::vector<Slot> m_slots;
  std::size_t m_mask;
  std::string m_spelled;
};

inline std::uint64_t AuditCounts::mixed(std::uint64_t hash, const char* sixteen) noexcept {
  __extension__ using Wide = unsigned __int128;
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  __builtin_memcpy(&first, sixteen, 8);
  __builtin_memcpy(&second, sixteen + 8, 8);
  const Wide product =
      static_cast<Wide>(first ^ hash ^ 0x9E3779B97F4A7C15U) * (second ^ 0xD6E8FEB86659FD93U);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

} // namespace menacedb
