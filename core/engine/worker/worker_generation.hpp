#pragma once

#include "core/base/log.hpp"
#include "core/config/settings.hpp"
#include "core/engine/jobs/job_runner.hpp"
#include "core/engine/worker/worker_spools.hpp"
#include "core/os/log_file.hpp"
#include "core/policy/hooks.hpp"
#include "core/policy/router.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// The settings of a worker with all that is made from them. Built and checked as a whole, then
// swapped for the one before.
struct WorkerGeneration {
  std::uint64_t number = 0;
  Settings settings;
  Router router;
  std::shared_ptr<LogFile> log_file; // null: the standard error
  Log log;
  std::vector<WorkerSpool> spools;
  std::unique_ptr<Hooks> hooks;         // of [lua] hooks; null: none
  std::optional<JobRunnerOptions> jobs; // of [jobs.handlers]; none: there are none
  std::string content;                  // the digest of the files it was made of
};

} // namespace menacedb
