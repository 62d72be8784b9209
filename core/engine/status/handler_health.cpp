#include "core/engine/status/handler_health.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/find_program.hpp"
#include "core/queue/job_list.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

namespace menacedb {
namespace {

constexpr std::uint64_t k_jobs_looked_at = 500;
constexpr Duration k_longest_look = std::chrono::milliseconds(50); // long payloads lie in between
constexpr std::uint64_t k_attempts = 5; // so many in a row are no accident
constexpr std::size_t k_error_columns = 80;
constexpr std::size_t k_type_columns = 60;

std::string shown(const std::string& text) {
  return fmt::format("'{}'", printable(text));
}

Problem unusable(const std::string& type, const std::string& reason, std::string hint) {
  return {"handler-unusable",
          fmt::format("jobs of type '{}' cannot be run: {}", printable(elide(type, k_type_columns)),
                      reason),
          std::move(hint)};
}

std::optional<Problem> program_problem(const std::string& type, const JobHandlerSettings& handler) {
  const std::string& program = handler.exec.front();
  const bool has_slash = program.find('/') != std::string::npos;
  const std::string path = has_slash && !handler.cwd.empty() && !program.starts_with('/')
                               ? join_path(handler.cwd, program)
                               : program;
  switch (find_program(program, handler.cwd)) {
  case ProgramState::found:
    break;
  case ProgramState::missing:
    return unusable(type, fmt::format("there is no program {}", shown(path)),
                    fmt::format("{} {}", has_slash ? "ls -l" : "command -v", shown(path)));
  case ProgramState::not_executable:
    return unusable(type, fmt::format("{} is not executable", shown(path)),
                    has_slash ? fmt::format("chmod +x {}", shown(path))
                              : fmt::format("type -a {}", shown(path)));
  }
  return std::nullopt;
}

std::optional<Problem> problem_of(const Context& context, const std::string& type,
                                  const JobHandlerSettings& handler) {
  if (!handler.lua.empty()) {
    return context.fs.stat(handler.lua)
               ? std::nullopt
               : std::optional(unusable(type,
                                        fmt::format("there is no file {}", shown(handler.lua)),
                                        fmt::format("ls -l {}", shown(handler.lua))));
  }
  if (!handler.cwd.empty() && !context.fs.stat(handler.cwd)) {
    return unusable(type, fmt::format("there is no folder {}", shown(handler.cwd)),
                    fmt::format("mkdir -p {}", shown(handler.cwd)));
  }
  return handler.is_exec_shell || handler.exec.empty() ? std::nullopt
                                                       : program_problem(type, handler);
}

struct Failures {
  std::uint64_t attempts = 0;
  bool is_over = false; // one before them succeeded
  std::string error;    // of the newest
};

std::map<std::string, Failures> newest_failures(Database& database) {
  std::map<std::string, Failures> types;
  JobList(database).each_recent(k_jobs_looked_at, [&](const JobBrief& job) {
    Failures& failures = types[std::string(job.type)];
    if (job.status == job_status::k_completed) {
      failures.is_over = true;
    } else if (!failures.is_over && job.status != job_status::k_cancelled && job.attempts > 0) {
      failures.error = failures.attempts == 0 ? std::string(job.error) : failures.error;
      failures.attempts += job.attempts;
    }
  });
  types.erase(std::string(k_entry_job_type));
  return types;
}

} // namespace

std::vector<Problem> find_handler_problems(const Context& context) {
  std::vector<Problem> problems;
  for (const auto& [type, handler] : context.settings.job_handlers()) {
    if (std::optional<Problem> problem = problem_of(context, type, handler)) {
      problems.push_back(std::move(*problem));
    }
  }
  return problems;
}

std::vector<FailingType> find_failing_types(Database& database) {
  std::vector<FailingType> failing;
  try {
    database.set_statement_limit(k_longest_look);
    for (const auto& [type, failures] : newest_failures(database)) {
      if (failures.attempts >= k_attempts) {
        failing.push_back({type, failures.attempts, elide(failures.error, k_error_columns)});
      }
    }
  } catch (const Error& error) {
    if (error.code() != "sql-timeout") {
      throw;
    }
  }
  database.set_statement_limit({});
  return failing;
}

Problem problem_of(const FailingType& failing) {
  const std::string name = printable(elide(failing.type, k_type_columns));
  return {"job-type-failing",
          fmt::format("the last {} attempts at jobs of type '{}' have all failed: {}",
                      failing.attempts, name, printable(failing.error)),
          fmt::format("menacedb jobs list --type '{}'", name)};
}

} // namespace menacedb
