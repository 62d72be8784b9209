#include "core/queue/job_table.hpp"

#include "core/db/sql_values.hpp"
#include "core/os/process.hpp"
#include "core/queue/job_claim_sql.hpp"
#include "core/queue/job_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace menacedb {
namespace {

// SQLite compounds at most 500 selects; more types are asked for in several statements.
constexpr std::size_t k_types_at_once = 64;

Job read_claimed(const Statement& row) {
  using Columns = JobClaimColumns;
  Job job;
  job.id = row.integer(Columns::k_id);
  job.type = row.text(Columns::k_type);
  job.is_payload_apart = row.is_null(Columns::k_payload);
  job.payload = row.text(Columns::k_payload);
  job.status = job_status::k_running;
  job.sql_priority = row.integer(Columns::k_priority);
  job.attempts = job_count(row, Columns::k_attempts).value_or(0);
  job.max_attempts = job_count(row, Columns::k_max_attempts);
  job.created_at = from_job_seconds(row.integer(Columns::k_created_at));
  job.not_before = instant_from_sql(row.integer(Columns::k_not_before));
  job.run = row.integer(Columns::k_run);
  job.unique_key = row.text(Columns::k_unique_key);
  return job;
}

bool stands_before(const Job& a, const Job& b) {
  return std::tie(a.not_before, a.created_at, a.id) < std::tie(b.not_before, b.created_at, b.id);
}

constexpr std::string_view k_add = "INSERT INTO sync_jobs"
                                   "(job_type, payload, status, created_at, priority, not_before, "
                                   "max_attempts, unique_key) "
                                   "VALUES(?1, ?2, 'pending', ?3, ?4, ?5, ?6, ?7)";
constexpr std::string_view k_add_unique =
    "INSERT INTO sync_jobs"
    "(job_type, payload, status, created_at, priority, not_before, max_attempts, unique_key) "
    "SELECT ?1, ?2, 'pending', ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS "
    "(SELECT 1 FROM sync_jobs WHERE unique_key = ?7 AND job_type = ?1 AND status = 'pending')";

// A program that knows nothing of claims may have taken the job meanwhile and left our token in
// its row; it has set started_at then.
#define MENACEDB_JOB_IS_CLAIMED                                                                    \
  "WHERE id = ?1 AND claim_token = ?2 AND started_at = ?3 AND status = 'running'"
// The unary plus keeps SQLite from going through all that run.
#define MENACEDB_JOBS_ARE_CLAIMED                                                                  \
  "WHERE id BETWEEN ?1 AND ?5 AND claim_token = ?2 AND started_at = ?3 AND +status = 'running'"
#define MENACEDB_JOB_UNCLAIMED "claimed_by = NULL, lease_until = NULL, claim_token = NULL"
#define MENACEDB_JOB_COMPLETED                                                                     \
  "UPDATE sync_jobs SET status = 'completed', completed_at = ?4, " MENACEDB_JOB_UNCLAIMED " "
#define MENACEDB_JOB_FAILED                                                                        \
  "attempts = coalesce(attempts, 0) + 1, error = ?4, completed_at = ?5, " MENACEDB_JOB_UNCLAIMED   \
  ", status = CASE WHEN ?6 OR coalesce(attempts, 0) + 1 >= coalesce(max_attempts, ?7) "            \
  "THEN 'failed' ELSE 'pending' END, not_before = CASE WHEN ?6 OR coalesce(attempts, 0) + 1 >= "   \
  "coalesce(max_attempts, ?7) THEN not_before ELSE ?8 END"

} // namespace

JobTable::JobTable(Database& database)
    : m_database(database),
      m_add(database, k_add),
      m_add_unique(database, k_add_unique),
      m_payload(database, "SELECT payload FROM sync_jobs WHERE id = ?1"),
      m_renew(database, "UPDATE sync_jobs SET lease_until = ?4 " MENACEDB_JOB_IS_CLAIMED),
      m_complete(database, MENACEDB_JOB_COMPLETED MENACEDB_JOB_IS_CLAIMED),
      m_complete_run(database, MENACEDB_JOB_COMPLETED MENACEDB_JOBS_ARE_CLAIMED),
      m_fail(database, "UPDATE sync_jobs SET " MENACEDB_JOB_FAILED " " MENACEDB_JOB_IS_CLAIMED
                       " RETURNING status"),
      m_release(database,
                "UPDATE sync_jobs SET status = 'pending', run = run - 1, " MENACEDB_JOB_UNCLAIMED
                " " MENACEDB_JOB_IS_CLAIMED),
      m_expire(database, "UPDATE sync_jobs SET run = run - 1, " MENACEDB_JOB_FAILED
                         " " MENACEDB_JOB_IS_CLAIMED " RETURNING status"),
      m_token_prefix(random_hex(8)) {}

std::optional<std::int64_t> JobTable::add(const NewJob& job) {
  const StatementUse use = (job.unique_key.empty() ? m_add : m_add_unique).use();
  use->bind(1, job.type).bind(2, job.payload).bind(3, job_seconds(job.created_at));
  use->bind(4, to_sql_priority(job.priority));
  use->bind(5, job.not_before ? to_sql(*job.not_before) : std::int64_t{0});
  job.max_attempts ? use->bind(6, to_sql(*job.max_attempts)) : use->bind_null(6);
  job.unique_key.empty() ? use->bind_null(7) : use->bind(7, job.unique_key);
  use->run();
  return m_database.changes() == 0 ? std::nullopt : std::optional(m_database.last_insert_id());
}

std::vector<std::optional<std::int64_t>> JobTable::add(std::span<const NewJob> jobs) {
  std::vector<std::optional<std::int64_t>> ids;
  ids.reserve(jobs.size());
  for (const NewJob& job : jobs) {
    ids.push_back(add(job));
  }
  return ids;
}

std::string JobTable::next_token() {
  return fmt::format("{}.{}", m_token_prefix, ++m_tokens);
}

Statement& JobTable::claim_statement(std::size_t types) {
  const auto found = std::ranges::find(m_claims, types, &ClaimStatement::types);
  if (found != m_claims.end()) {
    return found->statement;
  }
  return m_claims.emplace_back(types, m_database.prepare(job_claim_sql(types))).statement;
}

std::vector<Job> JobTable::claim(const JobClaimRequest& request) {
  std::vector<Job> jobs;
  std::vector<JobAllowance> left(request.types.begin(), request.types.end());
  for (;;) {
    std::erase_if(left, [](const JobAllowance& type) { return type.most == 0; });
    const std::size_t before = jobs.size();
    if (left.empty() || before >= request.count) {
      return jobs;
    }
    const std::size_t asked = std::min(left.size(), k_types_at_once);
    claim_some(request, std::span(left).first(asked), request.count - before, jobs);
    if (jobs.size() == before) {
      left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(asked));
      continue;
    }
    for (std::size_t i = before; i < jobs.size(); ++i) {
      --std::ranges::find(left, jobs[i].type, &JobAllowance::type)->most;
    }
  }
}

void JobTable::claim_some(const JobClaimRequest& request, std::span<const JobAllowance> types,
                          std::size_t count, std::vector<Job>& jobs) {
  const std::string token = next_token();
  const Instant lease_until = request.now + request.lease;
  const std::int64_t seconds = job_seconds(request.now);
  const StatementUse use(claim_statement(types.size()));
  use->bind(1, to_sql(request.now)).bind(2, request.owner).bind(3, to_sql(lease_until));
  use->bind(4, std::string_view(token)).bind(5, seconds);
  use->bind(6, static_cast<std::int64_t>(count));
  for (int i = 0; const JobAllowance& type : types) {
    use->bind(7 + 2 * i, type.type).bind(8 + 2 * i, static_cast<std::int64_t>(type.most));
    ++i;
  }
  const auto first = static_cast<std::ptrdiff_t>(jobs.size());
  while (use->step()) {
    Job& job = jobs.emplace_back(read_claimed(*use));
    job.started_at = from_job_seconds(seconds);
    job.owner = request.owner;
    job.lease_until = lease_until;
    job.token = token;
  }
  if (!std::is_sorted(jobs.begin() + first, jobs.end(), stands_before)) {
    std::sort(jobs.begin() + first, jobs.end(), stands_before);
  }
}

void JobTable::load_payload(Job& job) {
  const StatementUse use = m_payload.use();
  use->bind(1, job.id);
  if (!use->step()) {
    throw Error(ErrorKind::bad_input, "job-gone",
                fmt::format("cannot read the payload of job {}: the job is gone", job.id));
  }
  job.payload = use->text(0);
  job.is_payload_apart = false;
}

bool JobTable::renew(const JobClaim& claim, Instant lease_until) {
  const StatementUse use = m_renew.use();
  use->bind(1, claim.id).bind(2, std::string_view(claim.token)).bind(3, claim.started_at);
  use->bind(4, to_sql(lease_until)).run();
  return m_database.changes() != 0;
}

bool JobTable::complete(const JobClaim& claim, Instant now) {
  const StatementUse use = m_complete.use();
  use->bind(1, claim.id).bind(2, std::string_view(claim.token)).bind(3, claim.started_at);
  use->bind(4, job_seconds(now)).run();
  return m_database.changes() != 0;
}

std::uint64_t JobTable::complete(const JobClaim& first, std::size_t count, Instant now) {
  const StatementUse use = m_complete_run.use();
  use->bind(1, first.id).bind(2, std::string_view(first.token)).bind(3, first.started_at);
  use->bind(4, job_seconds(now)).bind(5, first.id + static_cast<std::int64_t>(count) - 1).run();
  return unsigned_from_sql(m_database.changes());
}

bool JobTable::release(const JobClaim& claim) {
  const StatementUse use = m_release.use();
  use->bind(1, claim.id).bind(2, std::string_view(claim.token)).bind(3, claim.started_at).run();
  return m_database.changes() != 0;
}

JobEnd JobTable::fail(const JobClaim& claim, const JobFailure& failure) {
  return end(m_fail, claim, failure);
}

JobEnd JobTable::expire(const JobClaim& claim, const JobFailure& failure) {
  return end(m_expire, claim, failure);
}

JobEnd JobTable::end(LazyStatement& statement, const JobClaim& claim, const JobFailure& failure) {
  const StatementUse use = statement.use();
  use->bind(1, claim.id).bind(2, std::string_view(claim.token)).bind(3, claim.started_at);
  use->bind(4, failure.error).bind(5, job_seconds(failure.now));
  use->bind(6, std::int64_t{failure.is_final ? 1 : 0});
  use->bind(7, to_sql(failure.max_attempts)).bind(8, to_sql(failure.now + failure.retry_after));
  JobEnd ended = JobEnd::refused;
  while (use->step()) {
    ended = use->text(0) == job_status::k_failed ? JobEnd::failed : JobEnd::pending;
  }
  return ended;
}

} // namespace menacedb
