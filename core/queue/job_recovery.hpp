#pragma once

#include "core/os/clock.hpp"
#include "core/queue/job_clock.hpp"
#include "core/queue/job_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What a job whose holder is lost may expect, by its type; both must be set.
struct JobRecoveryRules {
  std::function<std::uint64_t(std::string_view type)> max_attempts;
  std::function<Duration(std::string_view type, std::uint64_t attempts)> retry_after;
};

// Takes jobs from holders that are lost: the lease has ended, or the process is gone from this
// machine (seen at once). What the job's program left running on this machine is killed first, or
// it would run beside the next attempt. Jobs that another program runs have no lease and stay. Also
// keeps the clock (JobClock). Cheap when nothing is running. Not thread-safe.
class JobRecovery {
public:
  JobRecovery(JobStore& store, Clock& clock);

  struct Recovered {
    std::uint64_t pending = 0; // will be tried again
    std::uint64_t failed = 0;  // that was the last attempt
  };
  // About once a second in a worker, and once before any other claims.
  Recovered recover(const JobRecoveryRules& rules);

private:
  struct Lost {
    JobClaim claim;
    std::string type;
    std::uint64_t attempts = 0;
    bool is_dead = false; // its holder
  };
  [[nodiscard]] std::vector<Lost> find_lost(bool only_of_dead);
  [[nodiscard]] std::vector<std::string> write(const std::vector<Lost>& lost,
                                               const JobRecoveryRules& rules, Recovered& recovered);
  [[nodiscard]] bool expire(JobTable& table, const Lost& job, const JobRecoveryRules& rules,
                            Recovered& recovered);
  [[nodiscard]] bool is_gone(const std::string& owner);

  JobStore& m_store;
  Clock& m_clock;
  JobClock m_job_clock;
  std::map<std::string, bool> m_gone; // by owner, during one call
  Duration m_patient_until{};         // monotonic
};

} // namespace menacedb
