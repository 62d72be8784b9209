#pragma once

#include "core/engine/context.hpp"
#include "core/engine/drain/batch_audit.hpp"
#include "core/engine/drain/entry_home.hpp"
#include "core/engine/drain/failure_triage.hpp"
#include "core/engine/drain/pace.hpp"
#include "core/engine/drain/pass_report.hpp"
#include "core/policy/router.hpp"
#include "core/queue/job_lookup.hpp"
#include "core/queue/table_queue.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace menacedb {

struct TableDrainOptions {
  std::string database;               // with the job table: the home store of its entries
  std::optional<std::uint64_t> limit; // entries per pass
  std::string table;                  // only row entries of this table; empty: all
  Duration lock_patience = std::chrono::seconds(10);
  std::optional<Duration> busy_timeout; // for SQLite's own lock; default: [databases] busy_timeout
  std::function<void()> on_progress;    // after each transaction; may be empty
  bool is_rehearsal = false;            // nothing is created; only rehearse() is called
  std::string rehearsal_database;       // tried in instead of `database`
  Hooks* hooks = nullptr;               // borrowed, of the drain's thread; null: none
  std::string generation;               // of the policy, to be recorded; empty: it is not
};

// What the settings say.
[[nodiscard]] TableDrainOptions table_drain_options(const Settings& settings);

// Applies the entries that wait as rows of a job table, as Drain does for row queues and with the
// same promise. Their home store is the database that holds the table, so that one transaction
// writes what an entry says and marks its row. A database without a job table is an empty queue,
// and stays without one. Not thread-safe; several drains in several processes are fine.
class TableDrain {
public:
  TableDrain(const Context& context, const Router& router, TableDrainOptions options);
  ~TableDrain();

  // As Drain::pass().
  PassReport pass();
  PassReport rehearse();
  void set_limit(std::uint64_t entries) { m_options.limit = entries; } // of the next pass
  // Whether its database, if it is open, is no longer the file of its path.
  [[nodiscard]] bool has_moved() const;
  // Whether somebody may be writing rows at this moment that a pass would not see yet.
  [[nodiscard]] bool has_unfinished_write();
  // When an entry will be due that is not yet. Nobody tells when a row is added: see JobWatch.
  [[nodiscard]] std::optional<Duration> next_due();

private:
  [[nodiscard]] bool open_queue();
  void open_home();
  [[nodiscard]] bool step(PassReport& report, std::uint64_t& allowed);
  void count_remaining(PassReport& report);

  Context m_context;
  const Router& m_router;
  TableDrainOptions m_options;
  std::unique_ptr<Database> m_look; // until there is a job table
  std::unique_ptr<JobStore> m_jobs; // to read
  std::unique_ptr<TableQueue> m_queue;
  std::unique_ptr<JobLookup> m_lookup;
  std::unique_ptr<EntryHome> m_home; // opened when there is something to apply
  std::unique_ptr<TableSettler> m_settler;
  std::unique_ptr<FailureTriage> m_triage;
  BatchAudit m_audit;
  Pace m_pace;
  Batch m_batch;
  bool m_is_at_limit = false;
};

} // namespace menacedb
