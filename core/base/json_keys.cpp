#include "core/base/json_keys.hpp"

#include <algorithm>

namespace menacedb {

void JsonKeySet::clear() noexcept {
  constexpr std::size_t largest_kept = 1U << 16;
  if (m_slots.size() > largest_kept) {
    m_slots = {};
  } else {
    std::fill(m_slots.begin(), m_slots.end(), k_free);
  }
  m_count = 0;
}

std::uint64_t hash_json_key_folded(std::string_view key) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : key) {
    // Letters only: names made of '[' and '{' would all fall together, and cost their square.
    const bool is_upper = c >= 'A' && c <= 'Z';
    hash = (hash ^ static_cast<unsigned char>(is_upper ? c | 0x20 : c)) * 0x100000001b3U;
  }
  return hash ^ hash >> 32;
}

} // namespace menacedb
