#pragma once

#include "core/base/log.hpp"
#include "core/engine/jobs/job_end.hpp"
#include "core/engine/jobs/job_handlers.hpp"
#include "core/queue/job_recovery.hpp"
#include "core/queue/job_table.hpp"

#include <cstdint>
#include <random>

namespace menacedb {

// How attempts ended.
struct JobCounts {
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;  // for good
  std::uint64_t retried = 0; // they will be tried again

  void add(const JobCounts& more) noexcept;
  friend bool operator==(const JobCounts&, const JobCounts&) = default;
};

struct JobAttempt {
  const Job& job;
  const JobHandler& handler;
  const JobResult& result;
};

// Writes down how an attempt ended, in a transaction of the caller's, and counts it. True: the job
// is over. An attempt that is not the current one any more changes nothing.
[[nodiscard]] bool settle_job(JobTable& table, const JobAttempt& attempt, Instant now,
                              std::uint64_t random, JobCounts& counts);

// Whether one statement can write both down: they completed under the same claim, no schedule waits
// for them, and the number of `later` is so many behind that of `first`.
[[nodiscard]] bool complete_together(const JobAttempt& first, const JobAttempt& later,
                                     std::size_t behind);

// Unless it completed, or was not really tried.
void log_attempt(const Log& log, const JobAttempt& attempt);

// What jobs of lost workers may expect; borrows both.
[[nodiscard]] JobRecoveryRules recovery_rules(const JobHandlers& handlers, std::mt19937_64& random);

} // namespace menacedb
