#pragma once

#include "core/engine/jobs/job_handlers.hpp"
#include "core/queue/job_lookup.hpp"
#include "core/queue/job_table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// How many jobs of which types can be begun now. The views are of the handlers.
struct JobRoom {
  std::vector<JobAllowance> programs;
  std::vector<JobAllowance> scripts;
  std::size_t free = 0; // for programs of all types together
};

struct JobRoomLimits {
  const std::vector<std::string>& types; // only these; none: all that have a handler
  std::size_t workers = 1;               // programs at the same time
  std::size_t scripts_at_once = 1;       // jobs; they are run one after the other
};

// By what runs already, in all and of each type.
[[nodiscard]] JobRoom find_job_room(const JobHandlers& handlers, const JobRoomLimits& limits,
                                    const std::map<std::string_view, std::size_t>& running,
                                    std::size_t all_running);

// Takes out of it what would go beyond the limits of types, which all processes share. Of the jobs
// that are written down as running so many of each type are over. Reads for types with a limit.
void keep_job_limits(JobRoom& room, const JobHandlers& handlers, JobLookup& lookup,
                     const std::map<std::string_view, std::size_t>& over);

// When the first job is due that there is room for.
[[nodiscard]] std::optional<Instant> earliest_due(const JobRoom& room, JobLookup& lookup);

} // namespace menacedb
