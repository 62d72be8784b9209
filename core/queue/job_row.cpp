#include "core/queue/job_row.hpp"

#include "core/db/sql_values.hpp"

#include <algorithm>

namespace menacedb {
namespace {

std::optional<Instant> job_time(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(from_job_seconds(row.integer(column)));
}

} // namespace

std::int64_t job_seconds(Instant when) noexcept {
  return std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
}

Instant from_job_seconds(std::int64_t seconds) noexcept {
  constexpr std::int64_t k_most = 9'000'000'000'000; // microseconds fit
  return Instant(std::chrono::seconds(std::clamp(seconds, -k_most, k_most)));
}

std::optional<std::uint64_t> job_count(const Statement& row, int column) {
  if (row.is_null(column)) {
    return std::nullopt;
  }
  return unsigned_from_sql(std::max<std::int64_t>(row.integer(column), 0));
}

Job read_job(const Statement& row) {
  Job job;
  job.id = row.integer(0);
  job.type = row.text(1);
  job.payload = row.text(2);
  job.status = row.text(3);
  job.sql_priority = row.integer(4);
  job.attempts = job_count(row, 5).value_or(0);
  job.max_attempts = job_count(row, 6);
  job.created_at = from_job_seconds(row.integer(7));
  job.started_at = job_time(row, 8);
  job.completed_at = job_time(row, 9);
  job.error = row.text(10);
  job.not_before = instant_from_sql(row.integer(11));
  job.owner = row.text(12);
  if (!row.is_null(13)) {
    job.lease_until = instant_from_sql(row.integer(13));
  }
  job.token = row.text(14);
  job.run = row.integer(15);
  job.unique_key = row.text(16);
  return job;
}

} // namespace menacedb
