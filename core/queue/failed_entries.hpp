#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/queue/job.hpp"

#include <cstdint>
#include <functional>

namespace menacedb {

// A row that failed, at that time: one that failed again since is another.
struct FailedEntry {
  std::int64_t id = 0;
  std::int64_t run = 0;
};

// The dead letters of a job table are its failed rows of type k_entry_job_type. In the order of
// their numbers, one in memory at a time, until `visit` answers false; on any connection. There
// must be a table.
void each_failed_entry(Database& database, const std::function<bool(const Job&)>& visit);

// What people do with them, inside a transaction of the caller's (JobStore::write). False: somebody
// was faster. Not thread-safe.
class FailedEntries {
public:
  explicit FailedEntries(Database& database);

  // It waits again, with all its attempts.
  [[nodiscard]] bool replay(const FailedEntry& entry);
  [[nodiscard]] bool remove(const FailedEntry& entry);

private:
  [[nodiscard]] bool change(LazyStatement& statement, const FailedEntry& entry);

  Database& m_database;
  LazyStatement m_replay;
  LazyStatement m_remove;
};

} // namespace menacedb
