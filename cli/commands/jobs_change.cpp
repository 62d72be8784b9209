#include "cli/commands/jobs.hpp"
#include "cli/exit_code.hpp"
#include "cli/option_values.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/engine/jobs/job_purge.hpp"
#include "core/engine/retry_busy.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

namespace menacedb {
namespace {

constexpr std::size_t k_retried_at_once = 500;

struct Skipped {
  std::int64_t id = 0;
  std::string reason;
};

struct Changes {
  std::uint64_t changed = 0;
  std::vector<Skipped> skipped;
};

// What `retry` and `cancel` do to one job.
struct Change {
  std::string_view verb;              // "retry"
  std::string_view past;              // "retried"
  std::vector<std::string_view> from; // statuses
  std::function<bool(JobCare& care, std::int64_t id, Instant now)> act;
};

JobStore open_store(App& app, const std::string& path) {
  const Context context = app.context();
  return {context.fs, context.clock, context.stop, job_store_options(context.settings, path)};
}

std::vector<std::int64_t> ids_of(const Arguments& arguments, std::string_view verb) {
  std::vector<std::int64_t> ids;
  for (const std::string& word : jobs_words(arguments)) {
    ids.push_back(parse_job_id(word));
  }
  if (ids.empty()) {
    throw Error(ErrorKind::usage, "usage",
                fmt::format("cannot {} without the number of a job", verb))
        .with_hint("menacedb jobs list");
  }
  return ids;
}

std::string why_skipped(Database* database, std::int64_t id) {
  const std::optional<Job> job = database == nullptr ? std::nullopt : JobList(*database).find(id);
  return job ? "it is " + job->status : "there is no such job";
}

// Looks only: what would be changed, from what there is now.
Changes rehearse(App& app, const std::string& path, const std::vector<std::int64_t>& ids,
                 const Change& change) {
  std::optional<Database> database = open_jobs_to_read(app.context(), path);
  Changes changes;
  for (const std::int64_t id : ids) {
    const std::optional<Job> job = database ? JobList(*database).find(id) : std::nullopt;
    if (job && std::ranges::find(change.from, job->status) != change.from.end()) {
      ++changes.changed;
    } else {
      changes.skipped.push_back({id, why_skipped(database ? &*database : nullptr, id)});
    }
  }
  return changes;
}

Changes carry_out(App& app, const std::string& path, const std::vector<std::int64_t>& ids,
                  const Change& change) {
  Changes changes;
  if (!open_jobs_to_read(app.context(), path)) {
    return rehearse(app, path, ids, change); // there is nothing to change, and nothing is created
  }
  JobStore store = open_store(app, path);
  JobCare care(store.database());
  for (const std::int64_t id : ids) {
    bool is_changed = false;
    retry_busy(app.context(), [&] {
      is_changed = store.change([&](JobTable&) { return change.act(care, id, app.clock().now()); });
    });
    if (is_changed) {
      ++changes.changed;
    } else {
      changes.skipped.push_back({id, why_skipped(&store.database(), id)});
    }
  }
  return changes;
}

int print_changes(App& app, const Change& change, const Changes& changes, bool is_dry_run) {
  Printer& printer = app.printer();
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", k_jobs_schema).member("changed", changes.changed);
    json.key("skipped").begin_array();
    for (const Skipped& skipped : changes.skipped) {
      json.begin_object().member("id", skipped.id);
      json.member("reason", std::string_view(skipped.reason)).end_object();
    }
    json.end_array();
    if (is_dry_run) {
      json.member("dry_run", true);
    }
    printer.line(json.end_object().text());
  } else {
    printer.line(fmt::format("{}{} {}", is_dry_run ? "would be " : "", change.past,
                             format_count(changes.changed)));
    printer.flush();
    for (const Skipped& skipped : changes.skipped) {
      printer.note(fmt::format("menacedb: note: cannot {} job {}: {}", change.verb, skipped.id,
                               printable(skipped.reason)));
    }
  }
  return changes.skipped.empty() ? k_exit_done : k_exit_some_failed;
}

int change_named(App& app, const Arguments& arguments, const Change& change) {
  const std::vector<std::int64_t> ids = ids_of(arguments, change.verb);
  const std::string path = jobs_path(app, arguments);
  const bool is_dry_run = arguments.has("--dry-run");
  const Changes changes =
      is_dry_run ? rehearse(app, path, ids, change) : carry_out(app, path, ids, change);
  return print_changes(app, change, changes, is_dry_run);
}

std::uint64_t count_failed(App& app, const std::string& path) {
  std::optional<Database> database = open_jobs_to_read(app.context(), path);
  if (!database) {
    return 0;
  }
  const std::vector<JobCount> counts = JobList(*database).counts();
  const auto failed = std::ranges::find(counts, job_status::k_failed, &JobCount::status);
  return failed == counts.end() ? 0 : failed->count;
}

// In parts, so that others get their turn.
std::uint64_t retry_all_failed(App& app, const std::string& path) {
  std::uint64_t left = count_failed(app, path);
  std::uint64_t retried = 0;
  if (left == 0) {
    return 0;
  }
  JobStore store = open_store(app, path);
  JobCare care(store.database());
  while (left > 0 && !app.stop().is_requested()) {
    std::uint64_t count = 0;
    const std::size_t most = std::min<std::uint64_t>(left, k_retried_at_once);
    retry_busy(app.context(),
               [&] { count = store.change([&](JobTable&) { return care.retry_failed(most); }); });
    store.checkpoint_if_large();
    retried += count;
    left -= count == 0 ? left : count; // a job that fails again meanwhile is not retried again
  }
  return retried;
}

} // namespace

int jobs_retry(App& app, const Arguments& arguments) {
  const Change change{
      .verb = "retry",
      .past = "retried",
      .from = {job_status::k_failed, job_status::k_cancelled, job_status::k_completed},
      .act = [](JobCare& care, std::int64_t id, Instant) { return care.retry(id); }};
  if (!arguments.has("--all-failed")) {
    return change_named(app, arguments, change);
  }
  if (!jobs_words(arguments).empty()) {
    throw Error(ErrorKind::usage, "option-conflict",
                "cannot combine --all-failed with numbers of jobs");
  }
  const SignalGuard signals(app.stop());
  const std::string path = jobs_path(app, arguments);
  const bool is_dry_run = arguments.has("--dry-run");
  const std::uint64_t count = is_dry_run ? count_failed(app, path) : retry_all_failed(app, path);
  const int status = print_changes(app, change, {count, {}}, is_dry_run);
  return app.stop().is_requested() ? k_exit_signal_base + SignalGuard::caught() : status;
}

int jobs_cancel(App& app, const Arguments& arguments) {
  return change_named(
      app, arguments,
      {.verb = "cancel",
       .past = "cancelled",
       .from = {job_status::k_pending, job_status::k_running, job_status::k_failed},
       .act = [](JobCare& care, std::int64_t id, Instant now) { return care.cancel(id, now); }});
}

int jobs_stuck(App& app, const Arguments& arguments) {
  const Duration age =
      parse_duration_option("--older-than", arguments.value("--older-than").value_or("5m"));
  const bool is_dry_run = arguments.has("--dry-run");
  const std::string path = jobs_path(app, arguments);
  std::vector<std::int64_t> ids;
  std::vector<std::vector<std::string>> rows;
  JsonWriter json = begin_jobs_json();
  if (std::optional<Database> database = open_jobs_to_read(app.context(), path)) {
    JobList(*database).each_stuck(app.clock().now() - age, [&](const Job& job) {
      ids.push_back(job.id);
      rows.push_back(job_row(job));
      add_job_json(json, job);
      return true;
    });
  }
  std::uint64_t requeued = 0;
  if (arguments.has("--requeue") && !ids.empty()) {
    const Change change{.verb = "requeue",
                        .past = "requeued",
                        .from = {job_status::k_running},
                        .act = [](JobCare& care, std::int64_t id, Instant) {
                          return care.requeue(id, "it was stuck and put back");
                        }};
    requeued = is_dry_run ? ids.size() : carry_out(app, path, ids, change).changed;
  }
  if (app.wants_json()) {
    json.end_array().member("requeued", requeued);
    if (is_dry_run) {
      json.member("dry_run", true);
    }
    app.printer().line(json.end_object().text());
    return k_exit_done;
  }
  if (!rows.empty()) {
    app.printer().table(job_header(), rows);
  }
  if (arguments.has("--requeue")) {
    app.printer().line(
        fmt::format("{}requeued {}", is_dry_run ? "would be " : "", format_count(requeued)));
  }
  return k_exit_done;
}

int jobs_purge(App& app, const Arguments& arguments) {
  const Duration age =
      parse_duration_option("--older-than", arguments.value("--older-than").value_or("7d"));
  JobPurgeOptions options;
  options.what.before = app.clock().now() - age;
  options.is_dry_run = arguments.has("--dry-run");
  const SignalGuard signals(app.stop());
  const std::uint64_t purged = purge_jobs(app.context(), jobs_path(app, arguments), options);
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", k_jobs_schema).member("purged", purged);
    if (options.is_dry_run) {
      json.member("dry_run", true);
    }
    app.printer().line(json.end_object().text());
  } else {
    app.printer().line(
        fmt::format("{} {}", options.is_dry_run ? "would purge" : "purged", format_count(purged)));
  }
  return app.stop().is_requested() ? k_exit_signal_base + SignalGuard::caught() : k_exit_done;
}

} // namespace menacedb
