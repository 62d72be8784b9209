#include "core/queue/job_lookup.hpp"

#include "core/db/sql_values.hpp"

namespace menacedb {
namespace {

// From the highest priority down, found by one seek in the index each, the first of each; NULL
// stands behind the last, and for the jobs without a priority.
constexpr std::string_view k_next_due = R"sql(
WITH RECURSIVE level(p) AS (
  SELECT (SELECT priority FROM sync_jobs WHERE status = 'pending' AND job_type = ?1
          ORDER BY priority DESC LIMIT 1)
  UNION ALL
  SELECT (SELECT priority FROM sync_jobs WHERE status = 'pending' AND job_type = ?1
          AND priority < level.p ORDER BY priority DESC LIMIT 1)
  FROM level WHERE level.p IS NOT NULL)
SELECT min(due) FROM (SELECT (
  SELECT not_before FROM sync_jobs WHERE status = 'pending' AND job_type = ?1
  AND priority IS level.p ORDER BY not_before LIMIT 1) AS due FROM level))sql";

} // namespace

JobLookup::JobLookup(Database& database)
    : m_next_due(database, k_next_due),
      m_held(database, "SELECT count(*) FROM sync_jobs WHERE status = 'running' "
                       "AND claim_token IS NOT NULL"),
      m_held_of_type(database, "SELECT count(*) FROM sync_jobs WHERE status = 'running' "
                               "AND job_type = ?1 AND claim_token IS NOT NULL"),
      m_claims(database, "SELECT id, claim_token, started_at FROM sync_jobs "
                         "WHERE status = 'running' AND claimed_by = ?1 "
                         "AND claim_token IS NOT NULL") {}

std::optional<Instant> JobLookup::next_due(std::string_view type) {
  const StatementUse use = m_next_due.use();
  use->bind(1, type);
  if (!use->step() || use->is_null(0)) {
    return std::nullopt;
  }
  return instant_from_sql(use->integer(0));
}

std::vector<JobClaim> JobLookup::claims_of(std::string_view owner) {
  std::vector<JobClaim> claims;
  const StatementUse use = m_claims.use();
  use->bind(1, owner);
  while (use->step()) {
    claims.push_back({use->integer(0), std::string(use->text(1)), use->integer(2)});
  }
  return claims;
}

std::uint64_t JobLookup::held(std::string_view type) {
  const StatementUse use = m_held_of_type.use();
  use->bind(1, type);
  return use->step() ? unsigned_from_sql(use->integer(0)) : 0;
}

std::uint64_t JobLookup::held() {
  const StatementUse use = m_held.use();
  return use->step() ? unsigned_from_sql(use->integer(0)) : 0;
}

} // namespace menacedb
