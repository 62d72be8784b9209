#include "core/audit/audit_counts.hpp"

#include "core/audit/usual_line.hpp"
#include "core/base/json_text.hpp"

namespace menacedb {
namespace {

constexpr std::size_t k_first_slots = 1024;

// The content of a JSON string, with all that is not plain escaped.
void append_content(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  append_json_string(out, text, true);
  out.erase(begin, 1);
  out.pop_back();
}

} // namespace

AuditCounts::AuditCounts() : m_slots(k_first_slots), m_mask(k_first_slots - 1) {}

void AuditCounts::add(const Access& access) {
  m_spelled.clear();
  append_content(m_spelled, access.menace_id);
  m_spelled += usual_line::k_table;
  append_content(m_spelled, access.table);
  m_spelled += usual_line::k_operation;
  append_content(m_spelled, access.operation);
  add_usual(m_spelled, access);
}

void AuditCounts::insert(std::size_t slot, std::uint64_t hash, std::string_view key,
                         const Access& access) {
  const std::string& kept = m_keys.emplace_back(key);
  AuditCount& count = m_counts.emplace_back(AuditCount{
      std::string(access.menace_id), std::string(access.table), std::string(access.operation), 1});
  m_slots[slot] = {hash, kept.data(), kept.size(), &count.count};
  if (m_counts.size() * 2 > m_slots.size()) {
    grow();
  }
}

void AuditCounts::grow() {
  std::vector<Slot> larger(m_slots.size() * 2);
  m_mask = larger.size() - 1;
  for (const Slot& old : m_slots) {
    if (old.key != nullptr) {
      std::size_t slot = old.hash & m_mask;
      while (larger[slot].key != nullptr) {
        slot = (slot + 1) & m_mask;
      }
      larger[slot] = old;
    }
  }
  m_slots = std::move(larger);
}

} // namespace menacedb
