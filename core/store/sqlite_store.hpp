#pragma once

#include "core/base/log.hpp"
#include "core/db/database.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/store/dead_rows.hpp"
#include "core/store/dedup.hpp"
#include "core/store/deferred.hpp"
#include "core/store/entry_ledger.hpp"
#include "core/store/keys.hpp"
#include "core/store/ledger.hpp"
#include "core/store/outbox.hpp"
#include "core/store/row_guard.hpp"
#include "core/store/sql_policy.hpp"
#include "core/store/stats_rows.hpp"
#include "core/store/store.hpp"
#include "core/store/table_growth.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace menacedb {

struct SqliteStoreOptions {
  std::string path;
  Duration busy_timeout = std::chrono::seconds(5);
  Duration lock_patience = std::chrono::seconds(10);
  Duration key_horizon = std::chrono::hours(24 * 7);
  Bytes cache_size = 32ull << 20;
  Bytes wal_limit = 64ull << 20; // checkpoint after a transaction that left a larger WAL
  // How a table is deduplicated (CONTRACTS section 0); absent: automatic for all. Asked once per
  // table and version of the schema.
  std::function<Dedup(std::string_view table)> dedup;
  // What SQL entries may do here; asked when the first one comes. Absent: they are refused.
  std::function<SqlPolicy()> sql_policy;
  // Which tables a row may reach beyond its own: a row that reaches others is dead. Absent: any.
  // Asked once per statement and version of the schema.
  RowRule row_rule;
  GrowthRule growth = {}; // which tables and columns rows may make; absent: none
  // The generation of the policy that decides, for menacedb_stats; empty: it is not recorded.
  std::string generation = {};
};

// A home store in SQLite: data, ledger, dead letters, deferred entries, outbox and keys in one
// file. The file and menacedb's tables are created on construction. One writer at a time by
// WriterLock; commits with synchronous=FULL. Not thread-safe.
class SqliteStore : public Store {
public:
  SqliteStore(Fs& fs, Clock& clock, const Log& log, const StopFlag& stop,
              const SqliteStoreOptions& options);
  ~SqliteStore() override;

  [[nodiscard]] Applied apply(Batch& batch) override;
  // Applies entries that another store's outbox holds: entry i is row outbox_ids[i] of the store
  // with id `home`. Each is applied once, however often it is offered; one that was applied before
  // has the verdict applied. Failures are returned and not recorded: home.bury() does that.
  // Destinations and not_before count no more.
  [[nodiscard]] Applied apply_forwarded(std::string_view home,
                                        std::span<const std::int64_t> outbox_ids, Batch& batch);
  // Forgets the outbox rows of entries that their store has applied, and counts them; entry i is
  // row ids[i]. No effect on rows that are gone.
  void note_delivered(std::span<const std::int64_t> ids, const Batch& batch,
                      const Outcomes& outcomes);
  // Makes a dead letter of an outbox row that its store refused. No effect when the row is gone.
  void bury(const OutboxRow& row, std::string_view entry_id, const Fault& fault);

  // Several batches in one transaction, which saves page writes and syncs: a random index has the
  // same pages changed again and again. The writer lock is held from construction, which throws
  // busy, to commit(); without it everything is rolled back. The store decides nothing else
  // meanwhile. The text of a batch is not needed after its apply().
  class Group {
  public:
    explicit Group(SqliteStore& store);
    ~Group();
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;

    // A batch with slices. has_won is false, or an Error is thrown, when the whole group is
    // lost: let go of it and begin again with what the ledger says, batch by batch.
    [[nodiscard]] Applied apply(const Batch& batch);
    // All or, when it throws, nothing.
    void commit();
    [[nodiscard]] Duration held() const; // how long the write lock has been

  private:
    struct Open;
    SqliteStore& m_store;
    std::unique_ptr<Open> m_open;
  };

  // Runs `work` in one write transaction, under the writer lock; for the calls of the parts below
  // that change something.
  void write(const std::function<void()>& work);
  // Ledger::fold under the writer lock.
  void fold(std::span<const SegmentId> segments);

  [[nodiscard]] const std::string& id() const noexcept; // random, of this file
  [[nodiscard]] bool has_table(std::string_view name);  // or view; not menacedb's own
  [[nodiscard]] Ledger& ledger();
  [[nodiscard]] EntryLedger& entries();
  [[nodiscard]] Database& database();
  [[nodiscard]] DeadRows& dead_rows();
  [[nodiscard]] Deferred& deferred();
  [[nodiscard]] Outbox& outbox();
  [[nodiscard]] Forwarded& forwarded();
  [[nodiscard]] Keys& keys();
  [[nodiscard]] StatsRows& stats();

  // Checkpoints when the WAL is over the limit (or always, with `force`), under both locks. A busy
  // database is no error: the next call tries again.
  void checkpoint_if_large(bool force = false);

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace menacedb
