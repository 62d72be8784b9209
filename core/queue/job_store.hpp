#pragma once

#include "core/db/database.hpp"
#include "core/db/kept_writer_lock.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/os/stop.hpp"
#include "core/queue/job_table.hpp"

#include <functional>
#include <optional>
#include <string>

namespace menacedb {

struct JobStoreOptions {
  std::string path;
  Duration busy_timeout = std::chrono::seconds(5);
  Duration lock_patience = std::chrono::seconds(10);
  Bytes cache_size = 16ull << 20;
  Bytes wal_limit = 64ull << 20; // checkpoint after a write that left a larger WAL
  // What was written survives a power cut, too, not only a crash. Without it a power cut may take
  // the last writes back, all together: a job that completed is then pending or running again.
  bool is_durable = false;
};

// The database of a job table, on a connection of its own: file, table and indices are made on
// construction. Not thread-safe; any number of them in any number of processes is fine.
class JobStore {
public:
  JobStore(Fs& fs, Clock& clock, const StopFlag& stop, JobStoreOptions options);
  JobStore(const JobStore&) = delete;
  JobStore& operator=(const JobStore&) = delete;

  // One statement that changes something, such as a claim or an end: under menacedb's writer lock,
  // and waiting for SQLite's. Throws busy when either cannot be had; nothing was changed then.
  template <typename Deed>
  auto change(const Deed& deed) {
    const KeptWriterLock::Turn turn = m_lock.take(m_options.lock_patience);
    return deed(m_table);
  }
  // Several in one transaction: all or, when `work` throws, none. Keep it short, and run no job in
  // it. An error of the commit itself may come although it has landed.
  void write(const std::function<void(JobTable&)>& work);

  [[nodiscard]] Database& database() noexcept { return m_database; }
  [[nodiscard]] const std::string& queue_id() const noexcept { return m_queue_id; }
  // For calls that change nothing, such as JobTable::load_payload.
  [[nodiscard]] JobTable& table() noexcept { return m_table; }

  // Checkpoints when the WAL is over its limit, or over k_single_limit after a `single` write,
  // whose process ends: the next one to open the file would read all of it. Call it between jobs; a
  // busy database is no error.
  void checkpoint_if_large(bool single = false);
  static constexpr Bytes k_single_limit = 4u << 20;

private:
  [[nodiscard]] Database open();

  Clock& m_clock;
  const StopFlag& m_stop;
  JobStoreOptions m_options;
  KeptWriterLock m_lock;
  Database m_database;
  std::optional<Database> m_checkpointer;
  JobTable m_table;
  std::string m_queue_id;
};

} // namespace menacedb
