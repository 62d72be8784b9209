#include "core/model/entry_id.hpp"

#include "core/os/process.hpp"

namespace menacedb {

namespace {

constexpr std::size_t k_time_digits = 12;
constexpr std::size_t k_random_digits = 20;
constexpr std::size_t k_ids_per_draw = 32;

} // namespace

std::string new_entry_id(Instant now) {
  return EntryIdSource(1).next(now);
}

EntryIdSource::EntryIdSource() : EntryIdSource(k_ids_per_draw) {}

EntryIdSource::EntryIdSource(std::size_t ids_per_draw) : m_ids_per_draw(ids_per_draw) {}

std::string EntryIdSource::next(Instant now) {
  if (m_used == m_random.size()) {
    m_random = random_hex(m_ids_per_draw * k_random_digits / 2);
    m_used = 0;
  }
  const auto since_epoch =
      std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  auto milliseconds = static_cast<std::uint64_t>(since_epoch);
  std::string id(k_time_digits, '0');
  for (std::size_t i = k_time_digits; i > 0; --i) {
    id[i - 1] = "0123456789abcdef"[milliseconds & 15U];
    milliseconds >>= 4U;
  }
  id.append(m_random, m_used, k_random_digits);
  m_used += k_random_digits;
  return id;
}

} // namespace menacedb
