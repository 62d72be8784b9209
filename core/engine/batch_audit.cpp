#include "core/engine/batch_audit.hpp"

#include "core/engine/applied_groups.hpp"

#include <vector>

namespace menacedb {

BatchAudit::BatchAudit(const Context& context)
    : m_context(context), m_trail(context), m_is_audited(m_trail.is_audited()) {}

void BatchAudit::note(const Batch& batch, const Outcomes& outcomes) {
  if (!m_is_audited) {
    return;
  }
  const Instant now = m_context.clock.now();
  std::vector<AuditEntry> entries;
  for (const AppliedGroup& group : group_applied(batch, outcomes)) {
    entries.push_back({group.origin, group.table, op_word(group.op), now, group.entries});
  }
  m_trail.audit(entries);
}

} // namespace menacedb
