#include "core/model/table_lists.hpp"

#include "core/base/hash.hpp"

namespace menacedb {

std::string_view placement_word(Placement placement) noexcept {
  switch (placement) {
  case Placement::shared:
    return "shared";
  case Placement::local:
    return "local";
  case Placement::deny:
    return "deny";
  case Placement::unknown:
    return "unknown";
  }
  return "unknown";
}

Placement placement_from_word(std::string_view word) noexcept {
  for (const Placement placement : {Placement::shared, Placement::local, Placement::deny}) {
    if (placement_word(placement) == word) {
      return placement;
    }
  }
  return Placement::unknown;
}

void TableLists::add(const ListedTable& table) {
  if (m_slots.size() < 2 * (m_names + 1)) {
    grow();
  }
  const auto at = static_cast<std::uint32_t>(m_tables.size());
  m_tables.push_back(table);
  m_next.push_back(k_none);
  Slot& slot = m_slots[slot_of(table.name)];
  if (slot.first == k_none) {
    slot.first = at;
    ++m_names;
  } else {
    m_next[slot.last] = at;
  }
  slot.last = at;
}

std::optional<std::uint32_t> TableLists::first(std::string_view name) const noexcept {
  const std::uint32_t at = m_slots.empty() ? k_none : m_slots[slot_of(name)].first;
  return at == k_none ? std::nullopt : std::optional(at);
}

std::optional<std::uint32_t> TableLists::next(std::uint32_t at) const noexcept {
  return m_next[at] == k_none ? std::nullopt : std::optional(m_next[at]);
}

// The slot that holds the name, or the one where it would go.
std::size_t TableLists::slot_of(std::string_view name) const noexcept {
  const std::size_t mask = m_slots.size() - 1;
  std::size_t at = digest64(name) & mask;
  while (m_slots[at].first != k_none && m_tables[m_slots[at].first].name != name) {
    at = (at + 1) & mask;
  }
  return at;
}

void TableLists::grow() {
  constexpr std::size_t k_smallest = 64; // a power of two, as all sizes are
  std::vector<Slot> old(m_slots.empty() ? k_smallest : 2 * m_slots.size());
  old.swap(m_slots);
  for (const Slot& slot : old) {
    if (slot.first != k_none) {
      m_slots[slot_of(m_tables[slot.first].name)] = slot;
    }
  }
}

} // namespace menacedb
