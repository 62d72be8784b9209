#pragma once

#include "core/base/time.hpp"
#include "core/model/priority.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// The words of sync_jobs.status. The first four are the old document's; a row with any other word
// is some other program's business and is only shown.
namespace job_status {
inline constexpr std::string_view k_pending = "pending";
inline constexpr std::string_view k_running = "running";
inline constexpr std::string_view k_completed = "completed";
inline constexpr std::string_view k_failed = "failed";
inline constexpr std::string_view k_cancelled = "cancelled";
} // namespace job_status

// The type of jobs that are queue entries: the payload is the entry's line.
inline constexpr std::string_view k_entry_job_type = "menacedb-entry";
// Attempts of a job for which nobody said a number.
inline constexpr unsigned k_default_job_attempts = 3;

// sync_jobs.priority is higher first and has no bounds; ours is 1 first, 10 last.
[[nodiscard]] constexpr std::int64_t to_sql_priority(int priority) noexcept {
  return k_last_priority - priority;
}
[[nodiscard]] constexpr int from_sql_priority(std::int64_t stored) noexcept {
  constexpr std::int64_t k_highest = k_last_priority - k_first_priority;
  return static_cast<int>(k_last_priority - std::clamp<std::int64_t>(stored, 0, k_highest));
}

// A holder's proof that the job is its own: finishing without it is refused.
struct JobClaim {
  std::int64_t id = 0;
  std::string token;
  std::int64_t started_at = 0; // as stored, in seconds

  // What its program is known by (ChildCommand::mark): jobs taken together share a token.
  [[nodiscard]] std::string mark() const { return std::to_string(id) + ":" + token; }
};

// One row of sync_jobs. Times that the old document's columns hold are whole seconds.
struct Job {
  std::int64_t id = 0;
  std::string type;
  std::string payload;
  bool is_payload_apart = false; // too long to come with a claim: see JobTable::load_payload
  std::string status;
  std::int64_t sql_priority = 0;             // as stored: higher first
  std::uint64_t attempts = 0;                // that failed
  std::optional<std::uint64_t> max_attempts; // none: as the handler of its type says
  Instant created_at{};
  std::optional<Instant> started_at{};
  std::optional<Instant> completed_at{}; // when the last attempt ended
  std::string error;                     // of the last attempt that failed
  Instant not_before{};                  // the epoch: at once
  std::string owner;                     // of a running one; empty: another program runs it
  std::optional<Instant> lease_until{};
  std::string token;
  std::int64_t run = 0; // part of the ledger's key; one more with each claim but after a lost lease
  std::string unique_key;

  [[nodiscard]] int priority() const noexcept { return from_sql_priority(sql_priority); }
  [[nodiscard]] JobClaim claim() const {
    const Duration since = started_at.value_or(Instant{}).time_since_epoch();
    return {id, token, std::chrono::floor<std::chrono::seconds>(since).count()};
  }
};

// What a new row is made of; the views need to live for the call only.
struct NewJob {
  std::string_view type;
  std::string_view payload; // JSON text
  int priority = k_default_priority;
  Instant created_at{};
  std::optional<Instant> not_before{};
  std::optional<std::uint64_t> max_attempts{};
  std::string_view unique_key{}; // not added while one of its type with this key is pending
};

} // namespace menacedb
