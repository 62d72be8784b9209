#pragma once

#include "core/engine/context.hpp"
#include "core/engine/status.hpp"

#include <optional>
#include <vector>

namespace menacedb {

// What `status` says of the job table.
struct JobStatus {
  std::optional<QueueCount> queue; // none: no job table, or it cannot be looked at now
  std::vector<Problem> problems;
};

// Looks, changes nothing and waits for no lock.
[[nodiscard]] JobStatus read_job_status(const Context& context);

} // namespace menacedb
