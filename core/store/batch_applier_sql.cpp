#include "core/store/batch_applier.hpp"

#include <algorithm>

namespace menacedb {

// What the entry defines may make wrong what was learned of the tables of those behind it.
Verdict BatchApplier::run_sql(const Batch& batch, std::size_t index) {
  const Verdict verdict = m_parts.sql.write(batch, batch.entries[index]);
  if (m_parts.sql.has_defined()) {
    m_parts.rows.forget_schema();
    std::fill(m_prepared.begin(), m_prepared.end(), Prepared{});
    for (std::size_t i = index + 1; i < batch.entries.size(); ++i) {
      prepare_entry(batch, i);
    }
  }
  return verdict;
}

} // namespace menacedb
