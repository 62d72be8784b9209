#pragma once

#include "core/engine/jobs/job_end.hpp"
#include "core/engine/jobs/job_handlers.hpp"
#include "core/os/child_processes.hpp"
#include "core/queue/job_store.hpp"
#include "core/script/lua_jobs.hpp"

#include <map>
#include <optional>
#include <string>

namespace menacedb {

// Begins attempts at jobs: starts the program of a handler, or calls its function. Used by one
// thread, which must live as long as the programs.
class JobLauncher {
public:
  // Loads the Lua files: throws config.
  JobLauncher(const LuaServices& services, const LuaLimits& limits, const JobHandlers& handlers);

  // None: it runs, as one of `programs`, by the job's id. Throws Error for faults that are not the
  // job's: there is no room for another process, or the table cannot be read.
  [[nodiscard]] std::optional<JobResult> launch(Job& job, const JobHandler& handler,
                                                JobTable& table, ChildProcesses& programs);
  // For other handlers; throws config, and keeps what it had.
  void load(const LuaLimits& limits, const JobHandlers& handlers);

private:
  using Scripts = std::map<std::string, LuaJobs, std::less<>>; // by path
  [[nodiscard]] Scripts load_scripts(const LuaLimits& limits, const JobHandlers& handlers) const;
  [[nodiscard]] JobResult call(const Job& job, const JobHandler& handler);

  LuaServices m_services;
  Scripts m_scripts;
};

} // namespace menacedb
