#include "core/queue/job_store.hpp"

#include "core/db/checkpoint.hpp"
#include "core/db/transaction.hpp"
#include "core/queue/job_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

DatabaseOptions database_options(const JobStoreOptions& options) {
  DatabaseOptions database;
  database.create = true;
  database.busy_timeout = options.busy_timeout;
  database.cache_size = options.cache_size;
  database.full_sync = options.is_durable;
  return database;
}

} // namespace

JobStore::JobStore(Fs& fs, Clock& clock, const StopFlag& stop, JobStoreOptions options)
    : m_clock(clock),
      m_stop(stop),
      m_options(std::move(options)),
      m_lock(fs, clock, stop, m_options.path),
      m_database(open()),
      m_table(m_database),
      m_queue_id(job_queue_id(m_database)) {}

// The schema before the statements that need it.
Database JobStore::open() {
  Database database(m_options.path, database_options(m_options), m_clock, m_stop);
  if (!has_job_schema(database)) {
    const KeptWriterLock::Turn turn = m_lock.take(m_options.lock_patience);
    prepare_job_schema(database);
  }
  // A WAL that was carried over in full shrinks to half of the limit with the next commit.
  database.execute(fmt::format("PRAGMA journal_size_limit = {}",
                               static_cast<std::int64_t>(m_options.wal_limit / 2)),
                   "configure");
  return database;
}

void JobStore::write(const std::function<void(JobTable&)>& work) {
  const KeptWriterLock::Turn turn = m_lock.take(m_options.lock_patience);
  Transaction transaction(m_database);
  work(m_table);
  transaction.commit();
}

void JobStore::checkpoint_if_large(bool single) {
  const Bytes limit = single ? std::min(m_options.wal_limit, k_single_limit) : m_options.wal_limit;
  if (m_database.wal_size() <= limit) {
    return;
  }
  try {
    const KeptWriterLock::Turn turn = m_lock.take(m_options.lock_patience);
    if (!m_checkpointer) {
      DatabaseOptions options = database_options(m_options);
      options.create = false;
      options.cache_size = 1u << 20;
      m_checkpointer.emplace(m_options.path, options, m_clock, m_stop);
    }
    static_cast<void>(checkpoint(m_database, *m_checkpointer, CheckpointMode::passive));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::busy) {
      throw;
    }
  }
}

} // namespace menacedb
