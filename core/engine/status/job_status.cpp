#include "core/engine/status/job_status.hpp"

#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/places.hpp"
#include "core/queue/job_list.hpp"
#include "core/queue/job_schema.hpp"
#include "core/queue/table_queue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr std::size_t k_most_named = 5; // types; all of them would fill the page

std::optional<Problem> unknown_types(const Context& context,
                                     const std::vector<std::string>& pending) {
  const auto& handlers = context.settings.job_handlers();
  std::vector<std::string> unknown;
  for (const std::string& type : pending) {
    if (type != k_entry_job_type && handlers.find(type) == handlers.end()) {
      unknown.push_back(type);
    }
  }
  if (unknown.empty()) {
    return std::nullopt;
  }
  std::string names;
  for (std::size_t i = 0; i < std::min(unknown.size(), k_most_named); ++i) {
    names += fmt::format("{}'{}'", i == 0 ? "" : ", ", printable(elide(unknown[i], 60)));
  }
  if (unknown.size() > k_most_named) {
    names += fmt::format(" and {} more", unknown.size() - k_most_named);
  }
  return Problem{"job-type-unknown",
                 fmt::format("jobs of type {} wait, and no handler is configured for them", names),
                 "menacedb jobs list --status pending"};
}

Problem failed_jobs(std::uint64_t count) {
  return {"jobs-failed",
          count == 1 ? "1 job has failed" : fmt::format("{} jobs have failed", format_count(count)),
          "menacedb jobs list --status failed"};
}

JobStatus look(const Context& context, const std::string& path) {
  Database database(path,
                    DatabaseOptions{.read_only = true,
                                    .accepts_snapshot = true,
                                    .busy_timeout = Duration::zero()},
                    context.clock, context.stop);
  return job_status_of(context, read_job_numbers(database, context.clock.now()));
}

} // namespace

std::optional<JobNumbers> read_job_numbers(Database& database, Instant now) {
  if (!has_job_table(database)) {
    return std::nullopt;
  }
  JobNumbers numbers;
  JobList list(database);
  numbers.count = count_jobs(database, now);
  numbers.pending_types = list.pending_types();
  numbers.failing_types = find_failing_types(database);
  numbers.holds_until = list.next_due(now);
  return numbers;
}

JobStatus job_status_of(const Context& context, std::optional<JobNumbers> numbers) {
  JobStatus status;
  if (!numbers) {
    return status;
  }
  if (numbers->count.failed > 0) {
    status.problems.push_back(failed_jobs(numbers->count.failed));
  }
  for (const FailingType& type : numbers->failing_types) {
    status.problems.push_back(problem_of(type));
  }
  if (std::optional<Problem> unknown = unknown_types(context, numbers->pending_types)) {
    status.problems.push_back(std::move(*unknown));
  }
  status.queue = std::move(numbers->count);
  status.queue->name = job_database_path(context.settings);
  return status;
}

// What is wrong with the shared database is told where the databases are.
JobStatus read_job_status(const Context& context) {
  const std::string path = job_database_path(context.settings);
  try {
    return context.fs.stat(path) ? look(context, path) : JobStatus();
  } catch (const Error& error) {
    JobStatus status;
    if (path != shared_database_path(context.settings) && error.code() != "wal-closed") {
      status.problems.push_back(
          {error.code(), error.message(), error.hint(), !error.is_retryable()});
    }
    return status;
  }
}

} // namespace menacedb
