#include "core/engine/jobs/job_launcher.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"

#include <fmt/format.h>

#include <utility>

namespace menacedb {
namespace {

ChildCommand command_of(Job& job, const JobHandler& handler) {
  const JobHandlerSettings& settings = handler.settings;
  ChildCommand command;
  command.arguments = handler.command();
  command.directory = settings.cwd;
  command.environment.assign(settings.env.begin(), settings.env.end());
  command.environment.emplace_back("MENACEDB_JOB_ID", std::to_string(job.id));
  command.environment.emplace_back("MENACEDB_JOB_TYPE", job.type);
  command.environment.emplace_back("MENACEDB_JOB_ATTEMPT", std::to_string(job.attempts + 1));
  command.input = std::move(job.payload);
  command.mark = job.claim().mark();
  command.timeout = settings.timeout;
  return command;
}

} // namespace

JobLauncher::JobLauncher(const LuaServices& services, const LuaLimits& limits,
                         const JobHandlers& handlers)
    : m_services(services), m_scripts(load_scripts(limits, handlers)) {}

JobLauncher::Scripts JobLauncher::load_scripts(const LuaLimits& limits,
                                               const JobHandlers& handlers) const {
  Scripts scripts;
  for (const auto& [type, handler] : handlers) {
    if (handler.is_lua()) {
      const std::string& path = handler.settings.lua;
      scripts.try_emplace(path, m_services, limits, path)
          .first->second.expect(handler.function(type));
    }
  }
  return scripts;
}

void JobLauncher::load(const LuaLimits& limits, const JobHandlers& handlers) {
  m_scripts = load_scripts(limits, handlers);
}

JobResult JobLauncher::call(const Job& job, const JobHandler& handler) {
  LuaJobs& script = m_scripts.find(handler.settings.lua)->second;
  LuaJobResult result =
      script.run(handler.function(job.type),
                 {job.id, job.type, job.payload, job.attempts + 1, handler.settings.timeout});
  switch (result.kind) {
  case LuaJobResult::Kind::done:
    return {JobResult::Kind::completed, {}};
  case LuaJobResult::Kind::retry:
    return {JobResult::Kind::retry, std::move(result.message)};
  case LuaJobResult::Kind::failed:
    break;
  }
  return {JobResult::Kind::failed, std::move(result.message)};
}

std::optional<JobResult> JobLauncher::launch(Job& job, const JobHandler& handler, JobTable& table,
                                             ChildProcesses& programs) {
  if (job.is_payload_apart) {
    table.load_payload(job);
  }
  if (const auto parsed = JsonTape().parse(job.payload, 0); parsed.fault) {
    return JobResult{JobResult::Kind::hopeless,
                     fmt::format("the payload is not JSON: {}", parsed.fault->message)};
  }
  if (handler.is_lua()) {
    return call(job, handler);
  }
  try {
    programs.start(job.id, command_of(job, handler));
    return std::nullopt;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::bad_input) {
      throw;
    }
    return JobResult{JobResult::Kind::failed, error.message()};
  }
}

} // namespace menacedb
