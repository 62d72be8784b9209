#include "core/queue/job_care.hpp"

#include "core/db/sql_values.hpp"
#include "core/queue/job_row.hpp"

#include <string_view>

namespace menacedb {
namespace {

#define MENACEDB_JOB_AGAIN                                                                         \
  "UPDATE sync_jobs SET status = 'pending', attempts = 0, not_before = 0, claimed_by = NULL, "     \
  "lease_until = NULL, claim_token = NULL "

// By number: the order of an index would have the numbers jump, and the unary plus keeps SQLite
// from it.
#define MENACEDB_JOB_IS_PURGEABLE                                                                  \
  "+status IN ('completed', 'cancelled') AND "                                                     \
  "(coalesce(completed_at, created_at) <= ?1 OR id <= ?2)"

constexpr std::string_view k_last_beyond =
    "SELECT id FROM sync_jobs WHERE status IN ('completed', 'cancelled') "
    "ORDER BY id DESC LIMIT 1 OFFSET ?1";

// The number of the newest job beyond those that are kept; 0: none is.
std::int64_t last_beyond(Database& database, std::optional<std::uint64_t> keep) {
  if (!keep) {
    return 0;
  }
  Statement statement = database.prepare(k_last_beyond);
  statement.bind(1, static_cast<std::int64_t>(*keep));
  return statement.step() ? statement.integer(0) : 0;
}

} // namespace

JobCare::JobCare(Database& database)
    : m_database(database),
      m_retry(database, MENACEDB_JOB_AGAIN
              "WHERE id = ?1 AND status IN ('failed', 'cancelled', 'completed')"),
      m_retry_failed(database, MENACEDB_JOB_AGAIN "WHERE id IN (SELECT id FROM sync_jobs "
                                                  "WHERE status = 'failed' LIMIT ?1)"),
      m_cancel(database, "UPDATE sync_jobs SET status = 'cancelled', completed_at = ?2, "
                         "claimed_by = NULL, lease_until = NULL, claim_token = NULL "
                         "WHERE id = ?1 AND status IN ('pending', 'running', 'failed')"),
      m_requeue(database, "UPDATE sync_jobs SET status = 'pending', not_before = 0, "
                          "attempts = coalesce(attempts, 0) + 1, error = ?2, "
                          "run = run - (claim_token IS NOT NULL), claimed_by = NULL, "
                          "lease_until = NULL, claim_token = NULL "
                          "WHERE id = ?1 AND status = 'running'") {}

bool JobCare::retry(std::int64_t id) {
  const StatementUse use = m_retry.use();
  use->bind(1, id).run();
  return m_database.changes() != 0;
}

std::uint64_t JobCare::retry_failed(std::size_t limit) {
  const StatementUse use = m_retry_failed.use();
  use->bind(1, static_cast<std::int64_t>(limit)).run();
  return unsigned_from_sql(m_database.changes());
}

bool JobCare::cancel(std::int64_t id, Instant now) {
  const StatementUse use = m_cancel.use();
  use->bind(1, id).bind(2, job_seconds(now)).run();
  return m_database.changes() != 0;
}

bool JobCare::requeue(std::int64_t id, std::string_view error) {
  const StatementUse use = m_requeue.use();
  use->bind(1, id).bind(2, error).run();
  return m_database.changes() != 0;
}

std::uint64_t JobCare::purge(const JobPurge& purge, std::size_t limit, std::int64_t& after) {
  const std::int64_t beyond = last_beyond(m_database, purge.keep);
  Statement find = m_database.prepare("SELECT max(id) FROM (SELECT id FROM sync_jobs WHERE id > ?3 "
                                      "AND " MENACEDB_JOB_IS_PURGEABLE " ORDER BY id LIMIT ?4)");
  find.bind(1, job_seconds(purge.before)).bind(2, beyond).bind(3, after);
  find.bind(4, static_cast<std::int64_t>(limit));
  if (!find.step() || find.is_null(0)) {
    return 0;
  }
  const std::int64_t last = find.integer(0);
  find.reset();
  Statement remove = m_database.prepare("DELETE FROM sync_jobs WHERE id > ?3 AND id <= ?4 "
                                        "AND " MENACEDB_JOB_IS_PURGEABLE);
  remove.bind(1, job_seconds(purge.before)).bind(2, beyond).bind(3, after).bind(4, last).run();
  after = last;
  return unsigned_from_sql(m_database.changes());
}

std::uint64_t count_purgeable_jobs(Database& database, const JobPurge& purge) {
  Statement statement =
      database.prepare("SELECT count(*) FROM sync_jobs WHERE " MENACEDB_JOB_IS_PURGEABLE);
  statement.bind(1, job_seconds(purge.before)).bind(2, last_beyond(database, purge.keep));
  return statement.step() ? unsigned_from_sql(statement.integer(0)) : 0;
}

} // namespace menacedb
