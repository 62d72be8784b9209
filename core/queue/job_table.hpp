#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/queue/job.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// A type of jobs that the claimer can run, and how many more of it.
struct JobAllowance {
  std::string_view type;
  std::size_t most = 1;
};

struct JobClaimRequest {
  std::string_view owner;              // process_identity() of the process that will run them
  std::span<const JobAllowance> types; // no others are taken
  std::size_t count = 1;               // of all types together
  Instant now{};
  Duration lease = std::chrono::seconds(30);
};

// How an attempt ended that did not complete.
struct JobFailure {
  std::string_view error;
  Instant now{};
  Duration retry_after{};                              // before the next attempt
  std::uint64_t max_attempts = k_default_job_attempts; // for a job that says none itself
  bool is_final = false;                               // no further attempt, whatever is left
};

// What became of a job whose attempt ended.
enum class JobEnd {
  refused, // the claim is not the current one any more: nothing was changed
  pending, // it will be tried again
  failed,
};

// The statements that change sync_jobs: each is atomic by itself, and several may share a
// transaction of the caller's. Whoever changes something holds the writer lock (JobStore does all
// of that). The schema must be prepared. Not thread-safe.
class JobTable {
public:
  explicit JobTable(Database& database);

  // Its id; none when one of its type with its unique key is pending.
  std::optional<std::int64_t> add(const NewJob& job);
  // In order; all or none, in a transaction of the caller's.
  std::vector<std::optional<std::int64_t>> add(std::span<const NewJob> jobs);

  // The next due jobs, by priority, then not_before, then age, then id: fewer than asked for only
  // when no more are due. Each has a new token and is the owner's until its lease ends. The cost
  // does not depend on how many jobs are over, not due, or of other types.
  [[nodiscard]] std::vector<Job> claim(const JobClaimRequest& request);
  // The payload of a job that came without; the job must still be there.
  void load_payload(Job& job);

  // The four ways on from a claim. False, or refused: it is not the current one any more.
  [[nodiscard]] bool renew(const JobClaim& claim, Instant lease_until);
  [[nodiscard]] bool complete(const JobClaim& claim, Instant now);
  // The same for `count` jobs of one claim whose numbers follow each other, from the first on:
  // answers for how many it was the current one.
  [[nodiscard]] std::uint64_t complete(const JobClaim& first, std::size_t count, Instant now);
  [[nodiscard]] JobEnd fail(const JobClaim& claim, const JobFailure& failure);
  // Nothing was done: it is pending again and no attempt counts.
  [[nodiscard]] bool release(const JobClaim& claim);
  // Its holder is lost. Counts an attempt and keeps the run, so that what the holder may have
  // committed is recognised.
  [[nodiscard]] JobEnd expire(const JobClaim& claim, const JobFailure& failure);

private:
  struct ClaimStatement {
    std::size_t types;
    Statement statement;
  };
  void claim_some(const JobClaimRequest& request, std::span<const JobAllowance> types,
                  std::size_t count, std::vector<Job>& jobs);
  [[nodiscard]] Statement& claim_statement(std::size_t types);
  [[nodiscard]] std::string next_token();
  [[nodiscard]] JobEnd end(LazyStatement& statement, const JobClaim& claim,
                           const JobFailure& failure);

  Database& m_database;
  LazyStatement m_add;
  LazyStatement m_add_unique;
  LazyStatement m_payload;
  LazyStatement m_renew;
  LazyStatement m_complete;
  LazyStatement m_complete_run;
  LazyStatement m_fail;
  LazyStatement m_release;
  LazyStatement m_expire;
  std::vector<ClaimStatement> m_claims; // by number of types
  std::string m_token_prefix;
  std::uint64_t m_tokens = 0;
};

} // namespace menacedb
