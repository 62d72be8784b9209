#pragma once

#include "core/engine/context.hpp"
#include "core/engine/status/job_status.hpp"
#include "core/store/store_numbers.hpp"

#include <optional>
#include <string>

namespace menacedb {

// What `status` shows of the shared database, at one moment.
struct StatusNumbers {
  std::optional<StoreNumbers> store; // none: it cannot be looked into, or no drain has prepared it
  std::optional<Flow> flow;          // of the store, when asked for
  bool knows_jobs = false;           // the job table belongs here, and was looked for
  std::optional<JobNumbers> jobs;
};

// A database as configured, and with all links resolved.
struct DatabasePath {
  const std::string& path;
  const std::string& real_path;
};

// Looks into the database without a trace and without waiting for a lock. Throws as Database()
// does.
[[nodiscard]] StatusNumbers read_status_numbers(const Context& context, const std::string& path,
                                                bool with_flow);

// The same without flow. What an earlier look kept in the first spool (`sealed/.status`) is the
// answer if nothing was committed since; otherwise keeps what it reads, where it may write.
[[nodiscard]] StatusNumbers known_status_numbers(const Context& context, const DatabasePath& place);

} // namespace menacedb
