#pragma once

#include "core/engine/access_trail.hpp"
#include "core/model/batch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace menacedb {

// The audit lines of what a drain applied: one for each origin, table and operation of a batch,
// with the number of its entries as rows. After the commit: a crash between the two costs the
// line, not the data. Costs one comparison a batch when there is no audit log.
class BatchAudit {
public:
  explicit BatchAudit(const Context& context);

  // The batch is decided, but perhaps not committed: remembers its lines, not its text.
  void gather(const Batch& batch, const Outcomes& outcomes);
  // It is committed, with all that was gathered: writes the lines.
  void write();
  // It was rolled back.
  void forget() noexcept { m_lines.clear(); }

private:
  struct Line {
    std::string origin;
    std::string table;
    Op op;
    std::uint64_t entries;
  };

  Context m_context;
  AccessTrail m_trail;
  bool m_is_audited;
  std::vector<Line> m_lines;
};

} // namespace menacedb
