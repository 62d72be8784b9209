#include "core/queue/table_queue.hpp"

#include "core/base/units.hpp"
#include "core/db/sql_values.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/dir_entry.hpp"
#include "core/queue/job_list.hpp"
#include "core/queue/job_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace menacedb {
namespace {

constexpr std::uint64_t k_counted = 100'000;      // exactly; more are estimated
constexpr std::uint64_t k_most_entries = 100'000; // in a batch
constexpr std::size_t k_text_bytes = 64u << 10;

// Of an oversized entry a prefix is enough for its dead letter.
constexpr std::string_view k_find =
    "SELECT id, "
    "CASE WHEN length(CAST(payload AS BLOB)) > ?2 THEN substr(payload, 1, 4096) ELSE payload END, "
    "length(CAST(payload AS BLOB)) > ?2, priority, attempts, run FROM sync_jobs "
    "WHERE status = 'pending' AND job_type = 'menacedb-entry' AND not_before <= ?1 "
    "ORDER BY priority DESC, not_before, created_at, id LIMIT ?3 OFFSET ?4";

constexpr std::string_view k_complete =
    "UPDATE sync_jobs SET status = 'completed', started_at = ?3, completed_at = ?3, run = run + 1 "
    "WHERE id = ?1 AND run = ?2 AND status = 'pending'";
constexpr std::string_view k_fail =
    "UPDATE sync_jobs SET status = 'failed', started_at = ?3, completed_at = ?3, run = run + 1, "
    "attempts = coalesce(attempts, 0) + 1, error = ?4 "
    "WHERE id = ?1 AND run = ?2 AND status = 'pending'";

constexpr std::string_view k_reopen = "UPDATE sync_jobs SET status = 'pending', not_before = ?3 "
                                      "WHERE id = ?1 AND run = ?2 + 1 AND status = 'failed'";
constexpr std::string_view k_drop = "UPDATE sync_jobs SET status = 'completed' "
                                    "WHERE id = ?1 AND run = ?2 + 1 AND status = 'failed'";

// "<job>.<run>": the run that deciding it now will be.
std::string ledger_id(std::int64_t id, std::int64_t run) {
  return fmt::format("{}.{}", id, run + 1);
}

struct RowId {
  std::int64_t id = 0;
  std::int64_t run = 0; // as stored while it waits
};

RowId parse_ledger_id(std::string_view text) {
  RowId row;
  const std::size_t dot = std::min(text.find('.'), text.size() - 1);
  std::from_chars(text.data(), text.data() + dot, row.id);
  std::from_chars(text.data() + dot + 1, text.data() + text.size(), row.run);
  --row.run;
  return row;
}

} // namespace

TableSettler::TableSettler(Database& database)
    : m_database(database),
      m_complete(database, k_complete),
      m_fail(database, k_fail),
      m_reopen(database, k_reopen),
      m_drop(database, k_drop) {}

bool TableSettler::settle(const Batch& batch, const Outcomes& outcomes, Instant now) {
  bool is_first = true;
  std::size_t failure = 0;
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    const Verdict verdict = outcomes.verdicts[i];
    const Fault* const fault =
        verdict == Verdict::dead ? &outcomes.failures[failure++].fault : nullptr;
    const Entry& entry = batch.entries[i];
    if (verdict != Verdict::deferred && entry.file < batch.files.size()) {
      is_first &= settle_row(batch.files[entry.file], fault, now);
    }
  }
  return is_first;
}

bool TableSettler::settle_row(const EntryFile& file, const Fault* fault, Instant now) {
  const RowId row = parse_ledger_id(file.ledger_id);
  const StatementUse use = (fault == nullptr ? m_complete : m_fail).use();
  use->bind(1, row.id).bind(2, row.run).bind(3, job_seconds(now));
  if (fault != nullptr) {
    use->bind(4, std::string_view(fault->message));
  }
  use->run();
  return m_database.changes() != 0;
}

bool TableSettler::reopen(const EntryFile& file, Instant when) {
  const RowId row = parse_ledger_id(file.ledger_id);
  const StatementUse use = m_reopen.use();
  use->bind(1, row.id).bind(2, row.run).bind(3, to_sql(when)).run();
  return m_database.changes() != 0;
}

bool TableSettler::drop(const EntryFile& file) {
  const RowId row = parse_ledger_id(file.ledger_id);
  const StatementUse use = m_drop.use();
  use->bind(1, row.id).bind(2, row.run).run();
  return m_database.changes() != 0;
}

TableQueue::TableQueue(JobStore& store, Clock& clock, const TableQueueOptions& options)
    : m_store(store),
      m_clock(clock),
      m_options(options),
      m_settler(store.database()),
      m_find(store.database(), k_find) {}

std::string TableQueue::append(const Lane& lane, std::string_view lines,
                               const AppendOptions& options) {
  m_store.database().set_full_sync(options.durable);
  m_store.write([&](JobTable& table) {
    std::string_view rest = lines;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      if (!is_blank_line(line)) {
        table.add({.type = k_entry_job_type,
                   .payload = line,
                   .priority = lane.priority,
                   .created_at = m_clock.now()});
      }
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
  });
  return m_store.database().path();
}

void TableQueue::claim(LedgerView&, const ClaimLimits& limits, Batch& batch) {
  Postponed postponed;
  fill(0, limits, batch, postponed);
  postpone(postponed);
}

void TableQueue::preview(std::uint64_t skipped, const ClaimLimits& limits, Batch& batch) {
  Postponed postponed;
  fill(skipped, limits, batch, postponed);
}

void TableQueue::fill(std::uint64_t skipped, const ClaimLimits& limits, Batch& batch,
                      Postponed& postponed) {
  batch.clear();
  batch.file_spool = m_store.queue_id();
  m_room_left = 0;
  const Instant now = m_clock.now();
  const std::uint64_t most = std::min(limits.entries, k_most_entries);
  const StatementUse use = m_find.use();
  use->bind(1, to_sql(now)).bind(2, to_sql(m_options.max_line));
  use->bind(3, limits.table.empty() ? static_cast<std::int64_t>(most) : std::int64_t{-1});
  use->bind(4, to_sql(skipped));
  Bytes bytes = 0;
  while (batch.entries.size() < most && use->step()) {
    const std::string_view payload = use->text(1);
    if (bytes > 0 && bytes + payload.size() > limits.bytes) {
      break;
    }
    const std::int64_t id = use->integer(0);
    EntryFile file{.name = std::to_string(id), .ledger_id = {}};
    file.priority = from_sql_priority(use->integer(3));
    file.is_oversized = use->integer(2) != 0;
    decode_dir_entry(batch, keep(batch, payload), std::move(file));
    batch.files.back().ledger_id = ledger_id(id, use->integer(5));
    Entry& entry = batch.entries.back();
    entry.attempts = static_cast<std::uint32_t>(job_count(*use, 4).value_or(0));
    if (batch.files.back().is_oversized) {
      set_fault(batch, entry, "line-too-long",
                fmt::format("the entry is longer than {}", format_bytes(m_options.max_line)));
    }
    const bool is_early = entry.not_before && *entry.not_before > now;
    if (is_early) {
      postponed.emplace_back(id, *entry.not_before);
    }
    if (is_early || (!limits.table.empty() && entry.table != limits.table)) {
      batch.entries.pop_back();
      batch.files.pop_back();
      continue;
    }
    entry.not_before.reset(); // its time has come
    bytes += payload.size();
  }
}

// Many small texts share one allocation, whose address stays.
std::string_view TableQueue::keep(Batch& batch, std::string_view text) {
  if (text.size() > m_room_left || batch.texts.empty()) {
    m_room_left = std::max(text.size(), k_text_bytes);
    batch.texts.push_back(std::make_unique<std::string>(m_room_left, '\0'));
  }
  std::string& room = *batch.texts.back();
  char* const begin = room.data() + (room.size() - m_room_left);
  std::memcpy(begin, text.data(), text.size());
  m_room_left -= text.size();
  return {begin, text.size()};
}

// Programs that know only the old columns say in the line alone when it shall be applied.
void TableQueue::postpone(const Postponed& postponed) {
  if (postponed.empty()) {
    return;
  }
  m_store.write([&](JobTable&) {
    Statement statement = m_store.database().prepare(
        "UPDATE sync_jobs SET not_before = ?2 WHERE id = ?1 AND status = 'pending'");
    for (const auto& [id, when] : postponed) {
      statement.bind(1, id).bind(2, to_sql(when)).run();
    }
  });
}

// Rows that were settled before are left as they are.
void TableQueue::settle(const Batch& batch, const Outcomes& outcomes) {
  m_store.write(
      [&](JobTable&) { static_cast<void>(m_settler.settle(batch, outcomes, m_clock.now())); });
}

std::vector<SegmentId> TableQueue::sweep(LedgerView&) {
  return {};
}

QueueScan TableQueue::scan(LedgerView&, Bytes) {
  QueueCount count = count_jobs(m_store.database(), m_clock.now());
  QueueScan scan;
  if (count.pending + count.processing + count.completed + count.failed > 0) {
    scan.queues.push_back(std::move(count));
  }
  return scan;
}

QueueCount TableQueue::count_waiting() {
  Statement statement = m_store.database().prepare(
      "SELECT count(*) FROM (SELECT 1 FROM sync_jobs WHERE status = 'pending' "
      "AND job_type = 'menacedb-entry' LIMIT ?1)");
  statement.bind(1, to_sql(k_counted + 1));
  QueueCount count;
  count.pending = statement.step() ? unsigned_from_sql(statement.integer(0)) : 0;
  count.is_approximate = count.pending > k_counted;
  return count;
}

QueueCount count_jobs(Database& database, Instant now) {
  JobList list(database);
  QueueCount queue;
  queue.name = database.path();
  queue.format = "table";
  for (const JobCount& count : list.quick_counts(k_counted)) {
    if (count.status == job_status::k_pending) {
      queue.pending = count.count;
    } else if (count.status == job_status::k_running) {
      queue.processing = count.count;
    } else if (count.status == job_status::k_completed) {
      queue.completed = count.count;
    } else if (count.status == job_status::k_failed) {
      queue.failed = count.count;
    }
    queue.is_approximate |= count.is_approximate;
  }
  queue.oldest_at = list.oldest_due(now, k_counted);
  return queue;
}

} // namespace menacedb
