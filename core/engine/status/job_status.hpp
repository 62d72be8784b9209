#pragma once

#include "core/db/database.hpp"
#include "core/engine/context.hpp"
#include "core/engine/status/handler_health.hpp"
#include "core/engine/status/status.hpp"

#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// What a job table holds at one moment.
struct JobNumbers {
  QueueCount count;
  std::vector<std::string> pending_types;
  std::vector<FailingType> failing_types;
  // From then on, `count` is another one without any change of the table.
  std::optional<Instant> holds_until;
};
// None where there is no job table.
[[nodiscard]] std::optional<JobNumbers> read_job_numbers(Database& database, Instant now);

// What `status` says of the job table.
struct JobStatus {
  std::optional<QueueCount> queue; // none: no job table, or it cannot be looked at now
  std::vector<Problem> problems;
};

[[nodiscard]] JobStatus job_status_of(const Context& context, std::optional<JobNumbers> numbers);
// Looks, changes nothing and waits for no lock.
[[nodiscard]] JobStatus read_job_status(const Context& context);

} // namespace menacedb
