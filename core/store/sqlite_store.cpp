#include "core/store/sqlite_store.hpp"

#include "core/db/checkpoint.hpp"
#include "core/db/transaction.hpp"
#include "core/db/writer_lock.hpp"
#include "core/store/batch_applier.hpp"
#include "core/store/batch_counts.hpp"
#include "core/store/store_parts.hpp"
#include "core/store/store_schema.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace menacedb {

namespace {

DatabaseOptions database_options(const SqliteStoreOptions& options) {
  DatabaseOptions database;
  database.create = true;
  database.busy_timeout = options.busy_timeout;
  database.cache_size = options.cache_size;
  database.full_sync = true;
  return database;
}

} // namespace

struct SqliteStore::Impl {
  Impl(Fs& file_system, Clock& time, const Log& logger, const StopFlag& stop_flag,
       const SqliteStoreOptions& store_options)
      : fs(file_system),
        clock(time),
        log(logger),
        stop(stop_flag),
        options(store_options),
        database(options.path, database_options(options), clock, stop) {}

  [[nodiscard]] WriterLock lock() {
    return WriterLock(fs, clock, options.path, options.lock_patience, stop);
  }

  void prepare_schema() {
    if (!has_store_schema(database)) {
      const WriterLock writer = lock();
      migrate_store(database);
    } else {
      migrate_store(database);
    }
    // A WAL that was carried over in full shrinks to half of the limit with the next commit, so
    // that its size tells again how much of it is in use; half of it stays allocated.
    database.execute(fmt::format("PRAGMA journal_size_limit = {}",
                                 static_cast<std::int64_t>(options.wal_limit / 2)),
                     "configure");
    id = store_id(database);
    parts.emplace(database, clock, options.dedup, options.sql_policy, options.row_rule);
    parts->stats.set_generation(options.generation);
    applier.emplace(*parts, fs, clock, BatchApplier::Options{options.key_horizon, options.growth});
  }

  Applied apply(const Batch& batch, const ForwardedFrom* from) {
    applier->prepare(batch);
    const WriterLock writer = lock();
    return applier->apply(batch, from);
  }

  Fs& fs;
  Clock& clock;
  const Log& log;
  const StopFlag& stop;
  SqliteStoreOptions options;
  Database database;
  std::string id;
  std::optional<StoreParts> parts;
  std::optional<BatchApplier> applier;
  std::optional<Database> checkpointer;
};

SqliteStore::SqliteStore(Fs& fs, Clock& clock, const Log& log, const StopFlag& stop,
                         const SqliteStoreOptions& options)
    : m_impl(std::make_unique<Impl>(fs, clock, log, stop, options)) {
  m_impl->prepare_schema();
}

SqliteStore::~SqliteStore() = default;

Applied SqliteStore::apply(Batch& batch) {
  return m_impl->apply(batch, nullptr);
}

Applied SqliteStore::apply_forwarded(std::string_view home,
                                     std::span<const std::int64_t> outbox_ids, Batch& batch) {
  if (outbox_ids.size() != batch.entries.size()) {
    throw Error(ErrorKind::internal, "forwarded-ids",
                fmt::format("cannot apply forwarded entries: {} ids for {} entries",
                            outbox_ids.size(), batch.entries.size()));
  }
  const ForwardedFrom from{home, outbox_ids};
  return m_impl->apply(batch, &from);
}

struct SqliteStore::Group::Open {
  explicit Open(Impl& impl)
      : writer(impl.lock()), transaction(impl.database), began(impl.clock.monotonic()) {}

  WriterLock writer;
  Transaction transaction;
  Duration began;
  std::vector<Slice> last; // of the last batch
};

SqliteStore::Group::Group(SqliteStore& store)
    : m_store(store), m_open(std::make_unique<Open>(*store.m_impl)) {}

SqliteStore::Group::~Group() = default;

Applied SqliteStore::Group::apply(const Batch& batch) {
  BatchApplier& applier = *m_store.m_impl->applier;
  applier.prepare(batch);
  Applied applied = applier.join(batch);
  m_open->last = batch.slices;
  return applied;
}

void SqliteStore::Group::commit() {
  m_store.m_impl->applier->commit(m_open->transaction, m_open->last);
}

Duration SqliteStore::Group::held() const {
  return m_store.m_impl->clock.monotonic() - m_open->began;
}

void SqliteStore::note_delivered(std::span<const std::int64_t> ids, const Batch& batch,
                                 const Outcomes& outcomes) {
  const Instant now = m_impl->clock.now();
  write([&] {
    FlowBatch flow(now);
    StoreTotals totals;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (outbox().remove(ids[i]) && outcomes.verdicts[i] != Verdict::dead) {
        ++totals.delivered;
        flow.add(enqueued_at(batch.entries[i]));
      }
    }
    stats().add(totals);
    if (totals.delivered > 0) {
      m_impl->parts->flow.add(flow.take(), now);
    }
  });
}

void SqliteStore::bury(const OutboxRow& row, std::string_view entry_id, const Fault& fault) {
  write([&] {
    if (!outbox().remove(row.id)) {
      return;
    }
    EntryPlace place = row.place;
    if (place.segment.sequence == 0) {
      place.lane.name = "outbox"; // a direct write's place is its row
      place.offset = static_cast<Bytes>(row.id);
    }
    dead_rows().add({.place = place,
                     .origin = row.origin,
                     .table = row.table,
                     .entry_id = entry_id,
                     .line = row.line,
                     .is_truncated = false,
                     .fault = fault,
                     .attempts = row.attempts + 1,
                     .failed_at = m_impl->clock.now()});
    stats().add({.failed = 1});
  });
}

void SqliteStore::write(const std::function<void()>& work) {
  const WriterLock writer = m_impl->lock();
  Transaction transaction(m_impl->database);
  work();
  transaction.commit();
}

void SqliteStore::fold(std::span<const SegmentId> segments) {
  if (!segments.empty()) {
    const WriterLock writer = m_impl->lock();
    ledger().fold(segments);
  }
}

const std::string& SqliteStore::id() const noexcept {
  return m_impl->id;
}

bool SqliteStore::has_table(std::string_view name) {
  if (!m_impl->parts->schema.is_current()) {
    m_impl->parts->rows.forget_schema();
  }
  const TableSchema* table = m_impl->parts->schema.find(name);
  return table != nullptr && !table->is_reserved;
}

Ledger& SqliteStore::ledger() {
  return m_impl->parts->ledger;
}
EntryLedger& SqliteStore::entries() {
  return m_impl->parts->entries;
}
Database& SqliteStore::database() {
  return m_impl->database;
}
DeadRows& SqliteStore::dead_rows() {
  return m_impl->parts->dead_rows;
}
Deferred& SqliteStore::deferred() {
  return m_impl->parts->deferred;
}
Outbox& SqliteStore::outbox() {
  return m_impl->parts->outbox;
}
Forwarded& SqliteStore::forwarded() {
  return m_impl->parts->forwarded;
}
Keys& SqliteStore::keys() {
  return m_impl->parts->keys;
}
StatsRows& SqliteStore::stats() {
  return m_impl->parts->stats;
}

void SqliteStore::checkpoint_if_large(bool force) {
  if (!force && m_impl->database.wal_size() <= m_impl->options.wal_limit) {
    return;
  }
  try {
    const WriterLock writer = m_impl->lock();
    if (!m_impl->checkpointer) {
      DatabaseOptions options = database_options(m_impl->options);
      options.create = false;
      options.cache_size = 1u << 20;
      m_impl->checkpointer.emplace(m_impl->options.path, options, m_impl->clock, m_impl->stop);
    }
    const CheckpointResult result =
        checkpoint(m_impl->database, *m_impl->checkpointer, CheckpointMode::passive);
    m_impl->log.event(LogLevel::debug, "checkpoint",
                      {{"database", m_impl->options.path},
                       {"frames", std::to_string(result.frames)},
                       {"checkpointed", std::to_string(result.checkpointed)}});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::busy) {
      throw;
    }
    m_impl->log.event(LogLevel::debug, "checkpoint-busy", {{"reason", error.message()}});
  }
}

} // namespace menacedb
