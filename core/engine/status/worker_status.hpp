#pragma once

#include "core/engine/status/status.hpp"

#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// The part of a StatusReport that is about the worker.
struct WorkerStatus {
  std::optional<RunningWorker> worker;
  std::vector<std::string> log;            // the last lines
  std::optional<std::string> policy_error; // why it kept older settings
  std::vector<Problem> problems;
};

// Changes nothing and takes no lock.
[[nodiscard]] WorkerStatus read_worker_status(const Context& context);

} // namespace menacedb
