#include "core/engine/drain/batch_audit.hpp"

#include "core/engine/applied_groups.hpp"

namespace menacedb {

BatchAudit::BatchAudit(const Context& context)
    : m_context(context), m_trail(context), m_is_audited(m_trail.is_audited()) {}

void BatchAudit::gather(const Batch& batch, const Outcomes& outcomes) {
  if (!m_is_audited) {
    return;
  }
  for (const AppliedGroup& group : group_applied(batch, outcomes)) {
    m_lines.push_back(
        {std::string(group.origin), std::string(group.table), group.op, group.entries});
  }
}

void BatchAudit::write() {
  if (m_lines.empty()) {
    return;
  }
  const Instant now = m_context.clock.now();
  std::vector<AuditEntry> entries;
  for (const Line& line : m_lines) {
    entries.push_back({line.origin, line.table, op_word(line.op), now, line.entries});
  }
  m_trail.audit(entries);
  m_lines.clear();
}

} // namespace menacedb
