#pragma once

#include "core/engine/context.hpp"
#include "core/engine/jobs/job_runner.hpp"
#include "core/os/watch_files.hpp"

#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// How the settings want the jobs of a table run, with handlers of the command line before theirs.
// Checks all that can be wrong with a handler: throws config.
[[nodiscard]] JobRunnerOptions
make_job_runner_options(const Context& context, const std::string& database,
                        const std::vector<JobHandlerOption>& handlers = {});

// What a worker does for the handlers of the settings, and the files that it depends on; none:
// there are no handlers.
[[nodiscard]] std::optional<JobRunnerOptions> worker_job_options(const Context& context,
                                                                 FileSet& files);

} // namespace menacedb
