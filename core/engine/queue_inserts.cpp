#include "core/engine/queue_inserts.hpp"

#include <vector>

namespace menacedb {

QueueInserts::QueueInserts(const Context& context)
    : m_clock(context.clock), m_trail(context), m_is_wanted(m_trail.takes_queue_inserts()) {}

void QueueInserts::add(std::string_view origin, std::string_view table) {
  if (m_is_wanted) {
    ++m_entries[{std::string(origin), std::string(table)}];
  }
}

void QueueInserts::leave_audit_lines() {
  if (!m_entries.empty() && m_trail.is_audited()) {
    std::vector<AuditEntry> lines;
    for (const auto& [key, entries] : m_entries) {
      lines.push_back({key.first, key.second, k_queue_insert, m_clock.now(), entries});
    }
    m_trail.audit(lines);
  }
  m_entries.clear();
}

void QueueInserts::leave_trail() {
  if (m_entries.empty()) {
    return;
  }
  std::vector<Access> accesses;
  for (const auto& [key, entries] : m_entries) {
    accesses.push_back({key.first, key.second, k_queue_insert, Placement::shared, entries});
  }
  m_trail.note(accesses);
  m_entries.clear();
}

} // namespace menacedb
