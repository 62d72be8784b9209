#include "core/queue/job_recovery.hpp"

#include "core/db/sql_values.hpp"
#include "core/os/process_identity.hpp"
#include "core/queue/job_row.hpp"

#include <algorithm>

namespace menacedb {

JobRecovery::JobRecovery(JobStore& store, Clock& clock)
    : m_store(store), m_clock(clock), m_job_clock(store.database(), clock, machine_identity()) {}

JobRecovery::Recovered JobRecovery::recover(const JobRecoveryRules& rules) {
  if (!m_job_clock.is_kept()) {
    m_store.write([&](JobTable&) { m_job_clock.keep(); });
  }
  Recovered recovered;
  const std::vector<Lost> lost = find_lost();
  if (lost.empty()) {
    return recovered;
  }
  m_store.write([&](JobTable& table) {
    recovered = {};
    for (const Lost& job : lost) {
      const JobEnd end =
          table.expire(job.claim, {.error = job.error,
                                   .now = m_clock.now(),
                                   .retry_after = rules.retry_after(job.type, job.attempts + 1),
                                   .max_attempts = rules.max_attempts(job.type)});
      recovered.pending += end == JobEnd::pending ? 1 : 0;
      recovered.failed += end == JobEnd::failed ? 1 : 0;
    }
  });
  return recovered;
}

// What is found may have changed when it is written: expire() compares the claims.
std::vector<JobRecovery::Lost> JobRecovery::find_lost() {
  const Instant now = m_clock.now();
  m_gone.clear();
  Statement statement = m_store.database().prepare(
      "SELECT id, job_type, attempts, claimed_by, lease_until, claim_token, started_at "
      "FROM sync_jobs WHERE status = 'running' AND claim_token IS NOT NULL");
  std::vector<Lost> lost;
  while (statement.step()) {
    const bool has_ended = !statement.is_null(4) && instant_from_sql(statement.integer(4)) <= now;
    const bool is_dead = is_gone(std::string(statement.text(3)));
    if (has_ended || is_dead) {
      lost.push_back({{statement.integer(0), std::string(statement.text(5)), statement.integer(6)},
                      std::string(statement.text(1)),
                      job_count(statement, 2).value_or(0),
                      is_dead ? "its worker died" : "its lease ended"});
    }
  }
  return lost;
}

bool JobRecovery::is_gone(const std::string& owner) {
  const auto [found, is_new] = m_gone.try_emplace(owner, false);
  if (is_new) {
    found->second = owner_state(owner) == OwnerState::dead;
  }
  return found->second;
}

} // namespace menacedb
