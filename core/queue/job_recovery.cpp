#include "core/queue/job_recovery.hpp"

#include "core/base/error.hpp"
#include "core/db/sql_values.hpp"
#include "core/os/child_groups.hpp"
#include "core/os/process_identity.hpp"
#include "core/queue/job_row.hpp"

#include <algorithm>

namespace menacedb {

namespace {

constexpr Duration k_soon = std::chrono::seconds(1); // nobody held the table for longer
// Until everybody has tried again and renewed; JobRunner pauses for ten seconds at most.
constexpr Duration k_patience = std::chrono::seconds(15);

} // namespace

JobRecovery::JobRecovery(JobStore& store, Clock& clock)
    : m_store(store), m_clock(clock), m_job_clock(store.database(), clock, machine_identity()) {}

JobRecovery::Recovered JobRecovery::recover(const JobRecoveryRules& rules) {
  if (!m_job_clock.is_kept()) {
    m_store.write([&](JobTable&) { m_job_clock.keep(); });
  }
  const std::vector<Lost> lost = find_lost(m_clock.monotonic() < m_patient_until);
  Recovered recovered;
  if (lost.empty()) {
    return recovered;
  }
  std::vector<std::string> marks; // of the programs that go on without their workers
  for (const Lost& job : lost) {
    if (job.is_dead) {
      marks.push_back(job.claim.mark());
    }
  }
  end_child_groups(marks);
  end_child_groups(write(lost, rules, recovered));
  return recovered;
}

// Answers the marks of programs whose holder is only late: it would stop them with its next
// renewal.
std::vector<std::string> JobRecovery::write(const std::vector<Lost>& lost,
                                            const JobRecoveryRules& rules, Recovered& recovered) {
  std::vector<std::string> marks;
  bool was_soon = false;
  const Duration asked = m_clock.monotonic();
  try {
    m_store.write([&](JobTable& table) {
      recovered = {};
      marks.clear();
      was_soon = m_clock.monotonic() - asked < k_soon;
      for (const Lost& job : lost) {
        if ((was_soon || job.is_dead) && expire(table, job, rules, recovered)) {
          marks.push_back(job.claim.mark());
        }
      }
    });
  } catch (const Error&) {
    m_patient_until = m_clock.monotonic() + k_patience;
    throw;
  }
  m_patient_until = was_soon ? m_patient_until : m_clock.monotonic() + k_patience;
  return marks;
}

// True: a holder that is not dead has lost its job.
bool JobRecovery::expire(JobTable& table, const Lost& job, const JobRecoveryRules& rules,
                         Recovered& recovered) {
  const JobEnd end =
      table.expire(job.claim, {.error = job.is_dead ? "its worker died" : "its lease ended",
                               .now = m_clock.now(),
                               .retry_after = rules.retry_after(job.type, job.attempts + 1),
                               .max_attempts = rules.max_attempts(job.type)});
  recovered.pending += end == JobEnd::pending ? 1 : 0;
  recovered.failed += end == JobEnd::failed ? 1 : 0;
  return end != JobEnd::refused && !job.is_dead;
}

// What is found may have changed when it is written: expire() compares the claims.
std::vector<JobRecovery::Lost> JobRecovery::find_lost(bool only_of_dead) {
  const Instant now = m_clock.now();
  m_gone.clear();
  Statement statement = m_store.database().prepare(
      "SELECT id, job_type, attempts, claimed_by, lease_until, claim_token, started_at "
      "FROM sync_jobs WHERE status = 'running' AND claim_token IS NOT NULL");
  std::vector<Lost> lost;
  while (statement.step()) {
    const bool has_ended =
        !only_of_dead && !statement.is_null(4) && instant_from_sql(statement.integer(4)) <= now;
    const bool is_dead = is_gone(std::string(statement.text(3)));
    if (has_ended || is_dead) {
      lost.push_back({{statement.integer(0), std::string(statement.text(5)), statement.integer(6)},
                      std::string(statement.text(1)),
                      job_count(statement, 2).value_or(0),
                      is_dead});
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
