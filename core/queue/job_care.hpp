#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/queue/job.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace menacedb {

// Which jobs that are over (completed or cancelled) are to be deleted: those that ended until a
// time, and those beyond the newest so many.
struct JobPurge {
  Instant before{};
  std::optional<std::uint64_t> keep{};
};

// What people and retention change in sync_jobs. Each call is atomic by itself; the caller holds
// the writer lock (JobStore::change). The schema must be prepared. Not thread-safe.
class JobCare {
public:
  explicit JobCare(Database& database);

  // A job that is over is pending again, with all its attempts. False: it is not over, or gone.
  [[nodiscard]] bool retry(std::int64_t id);
  // The same for up to `limit` failed jobs; answers how many.
  std::uint64_t retry_failed(std::size_t limit);
  // A job that is pending, running or failed is over. Its holder learns it with the next renew().
  [[nodiscard]] bool cancel(std::int64_t id, Instant now);
  // A running job, whoever holds it, is pending again and an attempt counts.
  [[nodiscard]] bool requeue(std::int64_t id, std::string_view error);

  // Deletes the next such jobs behind job number `after`, which it moves on; answers how many, 0 at
  // the end. The number to begin with is 0.
  std::uint64_t purge(const JobPurge& purge, std::size_t limit, std::int64_t& after);

private:
  Database& m_database;
  LazyStatement m_retry;
  LazyStatement m_retry_failed;
  LazyStatement m_cancel;
  LazyStatement m_requeue;
};

// How many of the jobs would go, on any connection and without our columns.
[[nodiscard]] std::uint64_t count_purgeable_jobs(Database& database, const JobPurge& purge);

} // namespace menacedb
