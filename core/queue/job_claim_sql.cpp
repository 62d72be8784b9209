#include "core/queue/job_claim_sql.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

// The highest priority of which a job of the type is due. The priorities of its pending jobs come
// from the highest down, found by one seek in the index each, and only as far as the first with a
// due job; NULL stands behind the last, and for the jobs without a priority.
constexpr const char* k_level = R"sql(
  (WITH RECURSIVE level(p) AS (
     SELECT (SELECT priority FROM sync_jobs WHERE status = 'pending' AND job_type = ?{0}
             ORDER BY priority DESC LIMIT 1)
     UNION ALL
     SELECT (SELECT priority FROM sync_jobs WHERE status = 'pending' AND job_type = ?{0}
             AND priority < level.p ORDER BY priority DESC LIMIT 1)
     FROM level WHERE level.p IS NOT NULL)
   SELECT p FROM level WHERE EXISTS (
     SELECT 1 FROM sync_jobs WHERE status = 'pending' AND job_type = ?{0}
     AND priority IS level.p AND not_before <= ?1) LIMIT 1))sql";

constexpr const char* k_due = R"sql(
  SELECT {2} FROM sync_jobs
  WHERE status = 'pending' AND job_type = ?{0} AND priority IS (SELECT p FROM top)
  AND not_before <= ?1 ORDER BY not_before, created_at, id LIMIT {1})sql";

constexpr const char* k_update = R"sql(
UPDATE sync_jobs SET status = 'running', started_at = ?5, claimed_by = ?2, lease_until = ?3,
  claim_token = ?4, run = run + 1
WHERE id IN ({})
RETURNING id, job_type, CASE WHEN length(payload) <= 65536 THEN payload END, priority, attempts,
  max_attempts, created_at, not_before, run, unique_key)sql";

std::string due_of_all(std::size_t types) {
  if (types == 1) {
    return fmt::format(fmt::runtime(k_due), 7, "min(?6, ?8)", "id");
  }
  std::string due;
  for (std::size_t i = 0; i < types; ++i) {
    const std::string most = fmt::format("?{}", 8 + 2 * i);
    due += i == 0 ? "SELECT * FROM (" : " UNION ALL\n  SELECT * FROM (";
    due += fmt::format(fmt::runtime(k_due), 7 + 2 * i, most, "id, not_before, created_at") + ")";
  }
  return fmt::format("\n  SELECT id FROM ({}) ORDER BY not_before, created_at, id LIMIT ?6", due);
}

} // namespace

std::string job_claim_sql(std::size_t types) {
  std::string levels;
  for (std::size_t i = 0; i < types; ++i) {
    levels += i == 0 ? "" : " UNION ALL SELECT";
    levels += fmt::format(fmt::runtime(k_level), 7 + 2 * i);
    levels += i == 0 ? " AS p" : "";
  }
  return fmt::format("WITH top(p) AS (SELECT max(p) FROM (SELECT{}))", levels) +
         fmt::format(fmt::runtime(k_update), due_of_all(types));
}

} // namespace menacedb
