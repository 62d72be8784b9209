#pragma once

#include "core/engine/context.hpp"
#include "core/engine/drain/dir_stats.hpp"
#include "core/engine/drain/drain.hpp"
#include "core/engine/drain/entry_home.hpp"
#include "core/engine/drain/failure_triage.hpp"
#include "core/engine/drain/pace.hpp"
#include "core/policy/router.hpp"
#include "core/queue/dir_queue.hpp"
#include "core/queue/dir_uncounted.hpp"

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

namespace menacedb {

struct DirDrainOptions {
  std::string directory; // the spool
  std::string database;  // its home store
  bool goes_on = false;  // what comes during a pass begins another; else it is looked for as well
  std::optional<std::uint64_t> limit;                // entries per pass
  std::string table;                                 // only row entries of this table; empty: all
  Duration lock_patience = std::chrono::seconds(10); // for a turn and for menacedb's writer lock
  Duration lock_timeout = std::chrono::seconds(10);  // for SQLite's own lock
  std::uint32_t max_retries = 3;
  std::function<void()> on_progress; // after each transaction; may be empty
  bool is_rehearsal = false;         // nothing is created; only rehearse() is called
  std::string rehearsal_database;    // tried in instead of `database`, which is not there
  Hooks* hooks = nullptr;            // borrowed, of the drain's thread; null: none
  std::string generation;            // of the policy, to be recorded; empty: it is not
};

// What the settings say for the directory queue.
[[nodiscard]] DirDrainOptions dir_drain_options(const Settings& settings);

// Applies a directory queue to its home store, batch by batch under the spool's lock: as Drain does
// for row queues, and with the same promise. While SQLite's lock cannot be had, only the entry at
// the head counts retries (CONTRACTS section 0, "Dir queue"). Not thread-safe; several drains in
// several processes are fine.
class DirDrain {
public:
  DirDrain(const Context& context, const Router& router, DirDrainOptions options);
  ~DirDrain();

  // As Drain::pass(). A spool that does not exist is an empty one.
  PassReport pass();
  PassReport rehearse();
  void set_limit(std::uint64_t entries) { m_options.limit = entries; } // of the next pass
  // When something is due without anybody writing.
  [[nodiscard]] std::optional<Duration> next_due() const;
  // Whether its database, if it is open, is no longer the file of its path.
  [[nodiscard]] bool has_moved() const;

private:
  void open_home();
  [[nodiscard]] bool step(PassReport& report, std::uint64_t& allowed);
  // A batch whose files are still to be moved.
  struct Decided {
    Batch batch;
    Outcomes outcomes;
    bool has_forwarded = false; // or an earlier one of this turn
  };
  void reorder();
  [[nodiscard]] Applied apply(std::future<void>& files, const Batch& next, PassReport& report);
  [[nodiscard]] std::future<void> carry_files(const Decided& decided, Batch* next);
  void count_wait(PassReport& report);
  void carry_out(PassReport& report);
  void count_uncounted();
  void count_remaining(PassReport& report);
  void prune_ledger();

  Context m_context;
  const Router& m_router;
  DirDrainOptions m_options;
  DirQueue m_queue;
  std::unique_ptr<EntryHome> m_home; // opened when there is something to apply
  std::unique_ptr<FailureTriage> m_triage;
  Pace m_pace;
  Batch m_batch;
  bool m_is_at_limit = false;
  Instant m_prune_after{};
  DirUncounted m_uncounted; // moved to failed/ while the store could not be written
  DirStats m_stats;
};

} // namespace menacedb
