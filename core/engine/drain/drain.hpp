#pragma once

#include "core/engine/context.hpp"
#include "core/engine/drain/batch_audit.hpp"
#include "core/engine/drain/destinations.hpp"
#include "core/engine/drain/forward.hpp"
#include "core/engine/drain/pace.hpp"
#include "core/engine/drain/pass_report.hpp"
#include "core/policy/router.hpp"
#include "core/queue/jsonl_queue.hpp"
#include "core/store/sqlite_store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

struct DrainOptions {
  std::vector<std::string> queue_directories; // jsonl spools
  std::string database;                       // the home store
  bool takes_any_table = false;               // an explicit --db-path
  bool decides_in_place = false;              // a drain that goes on; one pass seals instead
  std::optional<std::uint64_t> limit;         // entries per pass
  std::string table;                          // only this table's entries; empty: all
  Duration lock_patience = std::chrono::seconds(10);
  std::optional<Duration> busy_timeout; // for SQLite's own lock; default: [databases] busy_timeout
  std::function<void()> on_progress;    // after each transaction; may be empty
  bool is_rehearsal = false;            // nothing is created; only rehearse() is called
  std::string rehearsal_database;       // tried in instead of `database`, which is not there
  Hooks* hooks = nullptr;               // borrowed, of the drain's thread; null: none
  std::string generation;               // of the policy, to be recorded; empty: it is not
};

// Applies the queues to the home store: claim, route, apply, settle, batch by batch, each batch
// under the spool's drain lock, so that several drains take turns. A drain that is alone decides
// several batches of a large segment in one transaction. Exactly once whatever happens to it: the
// home store's transaction decides, everything else is carried along and may be repeated.
// Not thread-safe; several drains in several processes are fine.
class Drain {
public:
  Drain(const Context& context, const Router& router, DrainOptions options);
  ~Drain();

  // Until nothing is left that can be decided now, the limit is reached or a stop is requested.
  // Busy locks end the pass with got_no_turn, other errors with PassReport::fault; what was decided
  // before is safe and counted.
  PassReport pass();

  // What pass() would do, without changing anything: every batch is claimed without sealing, tried
  // in a transaction and rolled back.
  PassReport rehearse();

  // When something is due without anybody writing: a deferred entry, a segment to settle, or at
  // once what the limit of the last pass left behind.
  [[nodiscard]] std::optional<Duration> next_due();

  [[nodiscard]] SqliteStore& store() noexcept { return *m_store; }

private:
  struct Spooled;
  struct Decided;

  void drain_spools(PassReport& report);
  bool step(Spooled& spooled, PassReport& report, std::uint64_t& allowed);
  // None: another drain was faster, or a group has to be decided batch by batch. Claim again.
  [[nodiscard]] std::optional<Decided> decide(Spooled& spooled);
  [[nodiscard]] std::optional<Decided> decide_group(Spooled& spooled, const ClaimLimits& limits);
  [[nodiscard]] bool fill_group(Spooled& spooled, const ClaimLimits& limits,
                                SqliteStore::Group& group, Decided& decided);
  void read_ahead(Spooled& spooled, const ClaimLimits& limits);
  void add_due_entries(std::uint64_t allowed);
  void carry_out(PassReport& report);
  void fold(const std::vector<SegmentId>& settled);
  void count_remaining(PassReport& report);
  [[nodiscard]] bool is_dry(const PassReport& report) const;

  Context m_context;
  DrainOptions m_options;
  std::unique_ptr<SqliteStore> m_store;
  std::unique_ptr<Destinations> m_destinations;
  std::unique_ptr<Forward> m_forward;
  std::vector<std::unique_ptr<Spooled>> m_spools;
  BatchAudit m_audit;
  Pace m_pace;
  Batch m_batch;
  bool m_is_at_limit = false;         // it ended the last pass
  std::optional<Error> m_failed_sync; // of a lane's file, in this pass
};

} // namespace menacedb
