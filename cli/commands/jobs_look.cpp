#include "cli/commands/jobs.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_parts.hpp"
#include "cli/option_values.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr std::uint64_t k_default_limit = 100;

void require_no_words(const Arguments& arguments, std::string_view action) {
  if (const std::vector<std::string> words = jobs_words(arguments); !words.empty()) {
    throw Error(ErrorKind::usage, "usage",
                fmt::format("cannot use '{}': jobs {} takes no argument", printable(words.front()),
                            action));
  }
}

Error no_such_job(std::int64_t id, const std::string& path) {
  return Error(ErrorKind::bad_input, "job-unknown",
               fmt::format("cannot show job {}: there is no such job in '{}'", id, path))
      .with_hint("menacedb jobs list");
}

std::string time_text(const std::optional<Instant>& when) {
  return when ? format_instant(*when) : "-";
}

void print_job(App& app, const Job& job) {
  const auto line = [&](std::string_view name, std::string_view value) {
    app.printer().line(fmt::format("{:<13}{}", name, printable(value)));
  };
  line("id", std::to_string(job.id));
  line("type", job.type);
  line("status", job.status);
  line("priority", std::to_string(job.priority()));
  line("attempts", job_row(job)[4]);
  line("created at", format_instant(job.created_at));
  line("not before", job.not_before == Instant() ? "-" : format_instant(job.not_before));
  line("started at", time_text(job.started_at));
  line("completed at", time_text(job.completed_at));
  line("owner", job.owner.empty() ? "-" : job.owner);
  line("lease until", time_text(job.lease_until));
  line("run", std::to_string(job.run));
  line("unique key", job.unique_key.empty() ? "-" : job.unique_key);
  line("error", job.error.empty() ? "-" : job.error);
  line("payload", job.payload);
}

void print_types(App& app, const std::vector<JobTypeCount>& types) {
  std::vector<std::vector<std::string>> rows;
  for (const JobTypeCount& type : types) {
    for (const JobCount& count : type.by_status) {
      rows.push_back({type.type, count.status, std::to_string(count.count),
                      fmt::format("{:.2f}", count.average_attempts)});
    }
  }
  if (!rows.empty()) {
    app.printer().line("");
    app.printer().table({"type", "status", "jobs", "attempts"}, rows);
  }
}

void add_types(JsonWriter& json, const std::vector<JobTypeCount>& types) {
  json.key("types").begin_array();
  for (const JobTypeCount& type : types) {
    std::uint64_t all = 0;
    double attempts = 0;
    json.begin_object().member("job_type", json_name(type.type));
    json.key("by_status").begin_object();
    for (const JobCount& count : type.by_status) {
      json.member(json_name(count.status), count.count);
      all += count.count;
      attempts += count.average_attempts * static_cast<double>(count.count);
    }
    json.end_object();
    json.member("avg_attempts", attempts / static_cast<double>(all)).end_object();
  }
  json.end_array();
}

} // namespace

int jobs_list(App& app, const Arguments& arguments) {
  require_no_words(arguments, "list");
  const std::string status = arguments.value("--status").value_or("");
  const std::string type = arguments.value("--type").value_or("");
  JobFilter filter{.status = status, .type = type, .limit = k_default_limit};
  if (const auto limit = arguments.value("--limit")) {
    filter.limit = parse_count_option("--limit", *limit);
  }
  std::optional<Database> database = open_jobs_to_read(app.context(), jobs_path(app, arguments));
  Printer& printer = app.printer();
  if (app.wants_json()) {
    JsonWriter json = begin_jobs_json();
    if (database) {
      JobList(*database).each(filter, [&](const Job& job) {
        add_job_json(json, job);
        return !printer.is_broken();
      });
    }
    printer.line(json.end_array().end_object().text());
    return k_exit_done;
  }
  std::vector<std::vector<std::string>> rows;
  if (database) {
    JobList(*database).each(filter, [&](const Job& job) {
      rows.push_back(job_row(job));
      return true;
    });
  }
  if (!rows.empty()) {
    printer.table(job_header(), rows);
  }
  return k_exit_done;
}

int jobs_show(App& app, const Arguments& arguments) {
  const std::vector<std::string> words = jobs_words(arguments);
  if (words.size() != 1) {
    throw Error(ErrorKind::usage, "usage", "cannot show a job: give its number")
        .with_hint("menacedb jobs list");
  }
  const std::int64_t id = parse_job_id(words.front());
  const std::string path = jobs_path(app, arguments);
  std::optional<Database> database = open_jobs_to_read(app.context(), path);
  const std::optional<Job> job = database ? JobList(*database).find(id) : std::nullopt;
  if (!job) {
    throw no_such_job(id, path);
  }
  if (!app.wants_json()) {
    print_job(app, *job);
    return k_exit_done;
  }
  JsonWriter json = begin_jobs_json();
  add_job_json(json, *job);
  app.printer().line(json.end_array().end_object().text());
  return k_exit_done;
}

int jobs_stats(App& app, const Arguments& arguments) {
  require_no_words(arguments, "stats");
  std::optional<Database> database = open_jobs_to_read(app.context(), jobs_path(app, arguments));
  std::vector<JobCount> counts;
  std::vector<JobTypeCount> types;
  if (database) {
    counts = JobList(*database).counts();
    types = JobList(*database).counts_by_type();
  }
  std::uint64_t all = 0;
  double attempts = 0;
  for (const JobCount& count : counts) {
    all += count.count;
    attempts += count.average_attempts * static_cast<double>(count.count);
  }
  const double average = all == 0 ? 0 : attempts / static_cast<double>(all);
  if (!app.wants_json()) {
    std::vector<std::vector<std::string>> rows;
    for (const JobCount& count : counts) {
      rows.push_back({count.status, std::to_string(count.count),
                      fmt::format("{:.2f}", count.average_attempts)});
    }
    app.printer().table({"status", "jobs", "attempts"}, rows);
    print_types(app, types);
    return k_exit_done;
  }
  JsonWriter json;
  json.begin_object().member("schema", k_jobs_schema).key("by_status").begin_object();
  for (const JobCount& count : counts) {
    json.member(json_name(count.status), count.count);
  }
  json.end_object().member("avg_attempts", average);
  json.key("avg_attempts_by_status").begin_object();
  for (const JobCount& count : counts) {
    json.member(json_name(count.status), count.average_attempts);
  }
  json.end_object();
  add_types(json, types);
  app.printer().line(json.end_object().text());
  return k_exit_done;
}

} // namespace menacedb
