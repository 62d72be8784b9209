#include "core/store/entry_files.hpp"

namespace menacedb {

bool EntryFiles::has_file(const Entry& entry) const noexcept {
  return entry.file < m_batch.files.size() && !m_batch.settle_within;
}

const std::string& EntryFiles::id_of(const Entry& entry) const {
  return m_batch.files[entry.file].ledger_id;
}

bool EntryFiles::is_applied(const Entry& entry) {
  if (!has_file(entry) || !m_ledger.is_applied(m_batch.file_spool, id_of(entry))) {
    return false;
  }
  m_known = &entry;
  ++m_applied_before;
  return true;
}

void EntryFiles::record(const Entry& entry, const Fault* fault, std::int64_t changed_rows,
                        Instant now) {
  if (!has_file(entry) || m_known == &entry) {
    return;
  }
  m_retries += entry.attempts;
  if (fault == nullptr) {
    m_ledger.add_applied(m_batch.file_spool, id_of(entry), changed_rows, now);
    return;
  }
  // Known, and without the marks of a failure: it was decided by a drain that died before it could
  // move the file, and is counted already.
  const bool was_filed = entry.line.find("\"failed_at\"") != std::string_view::npos ||
                         entry.line.find("\"replayed_at\"") != std::string_view::npos;
  if (!was_filed && m_ledger.find(m_batch.file_spool, id_of(entry))) {
    ++m_dead_before;
  }
  m_ledger.add_dead(m_batch.file_spool, id_of(entry), *fault, now);
}

void EntryFiles::correct(StoreTotals& totals) const {
  if (m_batch.is_direct && !m_batch.entries.empty() && m_batch.entries.front().is_sql()) {
    totals.dir_direct = totals.direct;
  }
  if (m_batch.files.empty() || m_batch.settle_within) {
    return;
  }
  totals.duplicates -= m_applied_before;
  totals.failed -= m_dead_before;
  totals.dir_processed = totals.applied + totals.duplicates + totals.forwarded;
  totals.dir_failed = totals.failed;
  totals.dir_retried = m_retries;
}

} // namespace menacedb
