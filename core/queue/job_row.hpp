#pragma once

#include "core/db/statement.hpp"
#include "core/queue/job.hpp"

#include <cstdint>
#include <optional>

namespace menacedb {

// How sync_jobs holds things. Rows of other programs may hold anything: what cannot be a time or a
// count is read as something near it.
[[nodiscard]] std::int64_t job_seconds(Instant when) noexcept;
[[nodiscard]] Instant from_job_seconds(std::int64_t seconds) noexcept;
[[nodiscard]] std::optional<std::uint64_t> job_count(const Statement& row, int column);

// All columns of a job in the order that read_job() wants, where a table has them all.
inline constexpr std::string_view k_job_columns =
    "id, job_type, payload, status, priority, attempts, max_attempts, created_at, started_at, "
    "completed_at, error, not_before, claimed_by, lease_until, claim_token, run, unique_key";
[[nodiscard]] Job read_job(const Statement& row);

} // namespace menacedb
