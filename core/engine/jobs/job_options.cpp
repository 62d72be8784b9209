#include "core/engine/jobs/job_options.hpp"

#include "core/engine/jobs/job_places.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/script/lua_hooks.hpp"

namespace menacedb {

JobRunnerOptions make_job_runner_options(const Context& context, const std::string& database,
                                         const std::vector<JobHandlerOption>& handlers) {
  JobRunnerOptions options;
  options.store = job_store_options(context.settings, database);
  options.handlers = make_job_handlers(context.fs, context.settings, handlers);
  options.workers = static_cast<std::size_t>(context.settings.integer("jobs.workers"));
  options.lua = lua_limits(context.settings);
  options.log = context.log;
  const JobLauncher check({context.fs, context.clock, context.log}, options.lua, options.handlers);
  return options;
}

std::optional<JobRunnerOptions> worker_job_options(const Context& context, FileSet& files) {
  if (context.settings.job_handlers().empty()) {
    return std::nullopt;
  }
  for (const auto& [type, handler] : context.settings.job_handlers()) {
    if (!handler.lua.empty()) {
      files.files.insert(hooks_file(context.fs, handler.lua));
    }
  }
  JobRunnerOptions options = make_job_runner_options(context, job_database_path(context.settings));
  options.keeps_schedules = true;
  options.stale = StaleSchedules::all;
  return options;
}

} // namespace menacedb
