#pragma once

#include "core/db/database.hpp"
#include "core/engine/context.hpp"
#include "core/engine/status/status.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace menacedb {

// What keeps the handlers of [jobs.handlers] from running: a program or file that is not there, or
// may not be run. A text for the shell is not looked into. Runs nothing.
[[nodiscard]] std::vector<Problem> find_handler_problems(const Context& context);

// A type of which one attempt after the other has failed.
struct FailingType {
  std::string type;
  std::uint64_t attempts = 0;
  std::string error; // of the newest
};

// Types whose last few attempts, as far as the newest jobs tell, have all failed. Takes no longer
// than a moment: what it cannot learn in it is left out. There must be a job table.
[[nodiscard]] std::vector<FailingType> find_failing_types(Database& database);
[[nodiscard]] Problem problem_of(const FailingType& failing);

} // namespace menacedb
