#pragma once

#include "core/queue/job_store.hpp"
#include "core/queue/queue.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace menacedb {

struct TableQueueOptions {
  Bytes max_line = 16u << 20; // a longer entry becomes a dead letter
};

// Marks the rows of a batch of a TableQueue as decided, on any connection to its database.
class TableSettler {
public:
  explicit TableSettler(Database& database);

  // False: another drain was faster with one of them. Inside the caller's transaction: together
  // with what the entries write, where that is the same database, it makes each be applied once.
  [[nodiscard]] bool settle(const Batch& batch, const Outcomes& outcomes, Instant now);
  // For a row that settle() let fail, inside a transaction: it waits again, until `when`, or is
  // over although nothing was applied. False: somebody has changed it since.
  [[nodiscard]] bool reopen(const EntryFile& file, Instant when);
  [[nodiscard]] bool drop(const EntryFile& file);

private:
  [[nodiscard]] bool settle_row(const EntryFile& file, const Fault* fault, Instant now);

  Database& m_database;
  LazyStatement m_complete;
  LazyStatement m_fail;
  LazyStatement m_reopen;
  LazyStatement m_drop;
};

// The `table` format: entries are rows of sync_jobs of a type of their own (k_entry_job_type), with
// the line as payload. A claim reserves nothing and changes nothing, as in the row queues: whoever
// decides first, wins. A dead letter is the row itself, failed, with its error; set to pending by
// anybody it is tried again. The run in an entry's ledger id makes that another entry.
class TableQueue : public Queue {
public:
  TableQueue(JobStore& store, Clock& clock, const TableQueueOptions& options);

  // Each line becomes a row; blank ones none. Returns the path of the database.
  std::string append(const Lane& lane, std::string_view lines,
                     const AppendOptions& options) override;
  void claim(LedgerView& ledger, const ClaimLimits& limits, Batch& batch) override;
  void settle(const Batch& batch, const Outcomes& outcomes) override;
  std::vector<SegmentId> sweep(LedgerView& ledger) override; // there is nothing to carry out
  QueueScan scan(LedgerView& ledger, Bytes count_bytes) override;

  // What claim() would take if the first `skipped` entries were decided, without changing anything.
  void preview(std::uint64_t skipped, const ClaimLimits& limits, Batch& batch);
  // Entries that wait, due or not; exact up to a bound.
  [[nodiscard]] QueueCount count_waiting();

private:
  struct Row;
  using Postponed = std::vector<std::pair<std::int64_t, Instant>>;
  void fill(std::uint64_t skipped, const ClaimLimits& limits, Batch& batch, Postponed& postponed);
  [[nodiscard]] std::string_view keep(Batch& batch, std::string_view text);
  void postpone(const Postponed& postponed);

  JobStore& m_store;
  Clock& m_clock;
  TableQueueOptions m_options;
  TableSettler m_settler;
  LazyStatement m_find;
  std::size_t m_room_left = 0; // in the batch's last text
};

// All jobs of a table, entries and others, as a queue; changes nothing. There must be a table.
[[nodiscard]] QueueCount count_jobs(Database& database, Instant now);

} // namespace menacedb
