#pragma once

#include "core/engine/context.hpp"
#include "core/queue/job_care.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace menacedb {

struct JobPurgeOptions {
  JobPurge what;
  bool is_dry_run = false;
  std::function<void(std::uint64_t deleted)> on_progress; // after each transaction; may be empty
};

// Deletes jobs that are over, a few at a time so that others get their turn, until a stop is
// requested. How many went, or would go. No job table: none.
std::uint64_t purge_jobs(const Context& context, const std::string& database,
                         const JobPurgeOptions& options);

} // namespace menacedb
