#pragma once

#include "core/engine/access_trail.hpp"
#include "core/model/batch.hpp"

namespace menacedb {

// The audit lines of what a drain applied: one for each origin, table and operation of a batch,
// with the number of its entries as rows. After the commit: a crash between the two costs the
// line, not the data. Costs one comparison a batch when there is no audit log.
class BatchAudit {
public:
  explicit BatchAudit(const Context& context);

  void note(const Batch& batch, const Outcomes& outcomes);

private:
  Context m_context;
  AccessTrail m_trail;
  bool m_is_audited;
};

} // namespace menacedb
