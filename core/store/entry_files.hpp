#pragma once

#include "core/model/batch.hpp"
#include "core/store/entry_ledger.hpp"
#include "core/store/stats_rows.hpp"

#include <cstdint>

namespace menacedb {

// The entries of one batch that have a file each, during one transaction: asks the ledger whether
// they were decided before, records what is decided now, and counts so that nothing counts twice.
class EntryFiles {
public:
  EntryFiles(EntryLedger& ledger, const Batch& batch) : m_ledger(ledger), m_batch(batch) {}

  // The file was put back, by an operator or a power cut, after its entry was applied.
  [[nodiscard]] bool is_applied(const Entry& entry);
  // `fault`: why it is dead; null: it is applied, or a duplicate by its key or content.
  void record(const Entry& entry, const Fault* fault, std::int64_t changed_rows, Instant now);
  // `totals` are those of the outcomes; takes away what was counted before.
  void correct(StoreTotals& totals) const;

private:
  [[nodiscard]] bool has_file(const Entry& entry) const noexcept;
  [[nodiscard]] const std::string& id_of(const Entry& entry) const;

  EntryLedger& m_ledger;
  const Batch& m_batch;
  const Entry* m_known = nullptr; // the last one that was applied before
  std::uint64_t m_applied_before = 0;
  std::uint64_t m_dead_before = 0;
  std::uint64_t m_retries = 0;
};

} // namespace menacedb
