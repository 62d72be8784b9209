#pragma once

#include "core/db/database.hpp"
#include "core/queue/job.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

struct JobFilter {
  std::string_view status; // empty: any
  std::string_view type;   // empty: any
  std::uint64_t limit = 100;
};

// How many jobs have one status.
struct JobCount {
  std::string status;
  std::uint64_t count = 0;
  double average_attempts = 0;
  bool is_approximate = false;
};

// Of one type, as JobCount.
struct JobTypeCount {
  std::string type;
  std::vector<JobCount> by_status;
};

// The little of a job that tells how its type fares; the views are for the call only.
struct JobBrief {
  std::string_view type;
  std::string_view status;
  std::uint64_t attempts = 0;
  std::string_view error;
};

// Looks at sync_jobs and changes nothing: works on a read-only connection, and with a table that
// nobody has added our columns to yet. Not thread-safe.
class JobList {
public:
  // There must be a table: has_job_table().
  explicit JobList(Database& database);

  [[nodiscard]] std::optional<Job> find(std::int64_t id);
  // The newest first, until `visit` answers false. One job is in memory at a time.
  void each(const JobFilter& filter, const std::function<bool(const Job&)>& visit);
  // Running since before `since`, the longest first.
  void each_stuck(Instant since, const std::function<bool(const Job&)>& visit);

  // By status, in alphabetical order; reads every row.
  [[nodiscard]] std::vector<JobCount> counts();
  // The same for each type, in alphabetical order.
  [[nodiscard]] std::vector<JobTypeCount> counts_by_type();
  // The newest so many, the newest first.
  void each_recent(std::uint64_t most, const std::function<void(const JobBrief&)>& visit);
  // The same without attempts: exact up to `most` of each status, estimated beyond.
  [[nodiscard]] std::vector<JobCount> quick_counts(std::uint64_t most);
  // Since when the oldest job that is due waits, as far as `most` of them tell.
  [[nodiscard]] std::optional<Instant> oldest_due(Instant now, std::uint64_t most);
  // When the next of the pending jobs that are not due yet will be.
  [[nodiscard]] std::optional<Instant> next_due(Instant now);
  // The types that have pending jobs, in alphabetical order; some of them when there are many.
  [[nodiscard]] std::vector<std::string> pending_types();

private:
  void read(Statement& statement, const std::function<bool(const Job&)>& visit) const;
  [[nodiscard]] std::uint64_t count_up_to(std::string_view status, std::uint64_t most);
  [[nodiscard]] std::uint64_t numbers_in_use();

  Database& m_database;
  std::string m_columns; // as the table has them
  bool m_has_delays = false;
};

} // namespace menacedb
