#include "core/engine/drain/forward.hpp"

#include "core/base/error.hpp"
#include "core/engine/table_policy.hpp"
#include "core/queue/codec.hpp"

#include <optional>
#include <vector>

namespace menacedb {
namespace {

constexpr std::size_t k_rows_at_once = 5000;
constexpr Bytes k_bytes_at_once = 1u << 20;

// The rows' lines, decoded. The rows must outlive the batch.
void decode(const std::vector<OutboxRow>& rows, Batch& batch, std::vector<std::int64_t>& ids) {
  batch.clear();
  ids.clear();
  for (const OutboxRow& row : rows) {
    decode_line(batch, row.line, row.place.offset, row.line.size() + 1, k_no_slice, row.origin);
    ids.push_back(row.id);
  }
  batch.destinations.emplace_back();
}

} // namespace

Forward::Forward(const Context& context, SqliteStore& home, Duration lock_patience)
    : m_context(context),
      m_home(home),
      m_lock_patience(lock_patience),
      m_audit(context),
      m_files(context) {}

void Forward::deliver(PassReport& report) {
  const Delivered delivered = deliver_all();
  report.applied += delivered.applied;
  report.duplicates += delivered.duplicates;
  report.failed += delivered.failed;
}

Forward::Delivered Forward::deliver_all() {
  Delivered sum;
  std::optional<Error> first_busy;
  for (const std::string& path : m_home.outbox().pending_stores()) {
    try {
      const Delivered part = deliver_to(path);
      sum.applied += part.applied;
      sum.duplicates += part.duplicates;
      sum.failed += part.failed;
    } catch (const Error& error) {
      if (!error.is_retryable()) {
        throw;
      }
      first_busy = first_busy.value_or(error); // one busy database must not stop the others
    }
  }
  if (first_busy) {
    throw std::move(*first_busy).within("deliver forwarded entries");
  }
  return sum;
}

Forward::Delivered Forward::deliver_to(const std::string& path) {
  SqliteStoreOptions options = table_store_options(m_context.settings, path);
  if (options.lock_patience > Duration::zero()) { // else the mode forbids to wait
    options.lock_patience = m_lock_patience;
  }
  SqliteStore target(m_context.fs, m_context.clock, m_context.log, m_context.stop, options);
  Delivered delivered;
  Batch batch;
  std::vector<std::int64_t> ids;
  while (!m_context.stop.is_requested()) {
    const std::vector<OutboxRow> rows = m_home.outbox().next(path, k_rows_at_once, k_bytes_at_once);
    if (rows.empty()) {
      break;
    }
    decode(rows, batch, ids);
    const Applied applied = target.apply_forwarded(m_home.id(), ids, batch);
    m_context.fs.reached(Step::outbox_applied);
    for (const Outcomes::Failure& failure : applied.outcomes.failures) {
      if (!m_files.take(m_home, rows[failure.entry], failure.fault)) {
        m_home.bury(rows[failure.entry], batch.entries[failure.entry].id, failure.fault);
      }
    }
    m_home.note_delivered(ids, batch, applied.outcomes);
    m_context.fs.reached(Step::outbox_removed);
    m_audit.gather(batch, applied.outcomes);
    m_audit.write();
    delivered.applied += applied.outcomes.applied;
    delivered.duplicates += applied.outcomes.duplicates;
    delivered.failed += applied.outcomes.failed;
    target.checkpoint_if_large();
  }
  const std::int64_t removed = m_home.outbox().removed_up_to(path);
  target.write([&] { target.forwarded().purge(m_home.id(), removed); });
  return delivered;
}

} // namespace menacedb
