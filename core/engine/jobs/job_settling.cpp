#include "core/engine/jobs/job_settling.hpp"

#include "core/base/text.hpp"

namespace menacedb {
namespace {

constexpr std::size_t k_most_logged = 500;

} // namespace

void JobCounts::add(const JobCounts& more) noexcept {
  completed += more.completed;
  failed += more.failed;
  retried += more.retried;
}

bool settle_job(JobTable& table, const JobAttempt& attempt, Instant now, std::uint64_t random,
                JobCounts& counts) {
  using Kind = JobResult::Kind;
  const Kind kind = attempt.result.kind;
  const JobClaim claim = attempt.job.claim();
  if (kind == Kind::released) {
    (void)table.release(claim);
    return false;
  }
  if (kind == Kind::completed) {
    const bool is_ours = table.complete(claim, now);
    counts.completed += is_ours ? 1 : 0;
    return is_ours;
  }
  // Who asks for a retry knows what it waits for: its pause does not grow.
  const std::uint64_t failed_before = kind == Kind::retry ? 0 : attempt.job.attempts;
  const JobEnd end =
      table.fail(claim, {.error = attempt.result.error,
                         .now = now,
                         .retry_after = attempt.handler.retry_wait(failed_before, random),
                         .max_attempts = attempt.handler.settings.max_attempts,
                         .is_final = kind == Kind::hopeless});
  counts.retried += end == JobEnd::pending ? 1 : 0;
  counts.failed += end == JobEnd::failed ? 1 : 0;
  return end == JobEnd::failed;
}

bool complete_together(const JobAttempt& first, const JobAttempt& later, std::size_t behind) {
  const auto ends_simply = [](const JobAttempt& attempt) {
    return attempt.result.kind == JobResult::Kind::completed && !attempt.handler.schedule;
  };
  return ends_simply(first) && ends_simply(later) && later.job.token == first.job.token &&
         later.job.started_at == first.job.started_at &&
         later.job.id == first.job.id + static_cast<std::int64_t>(behind);
}

void log_attempt(const Log& log, const JobAttempt& attempt) {
  using Kind = JobResult::Kind;
  if (attempt.result.kind != Kind::completed && attempt.result.kind != Kind::released) {
    log.event(LogLevel::warning, "job-attempt-failed",
              {{"job", std::to_string(attempt.job.id)},
               {"type", attempt.job.type},
               {"attempt", std::to_string(attempt.job.attempts + 1)},
               {"reason", printable(attempt.result.error.substr(0, k_most_logged))}});
  }
}

JobRecoveryRules recovery_rules(const JobHandlers& handlers, std::mt19937_64& random) {
  const auto handler_of = [&handlers](std::string_view type) {
    const auto found = handlers.find(type);
    return found == handlers.end() ? JobHandler() : found->second;
  };
  return {[=](std::string_view type) { return handler_of(type).settings.max_attempts; },
          [=, &random](std::string_view type, std::uint64_t attempts) {
            return handler_of(type).retry_wait(attempts - 1, random());
          }};
}

} // namespace menacedb
