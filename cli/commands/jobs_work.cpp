#include "cli/commands/jobs.hpp"
#include "cli/exit_code.hpp"
#include "cli/option_values.hpp"
#include "core/base/text.hpp"
#include "core/engine/drain/drain_loop.hpp"
#include "core/engine/jobs/job_options.hpp"
#include "core/engine/jobs/job_service.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/make_router.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr Duration k_forever = std::chrono::hours(24 * 365);
constexpr std::uint64_t k_most_workers = 1000;

std::vector<JobHandlerOption> read_handlers(const Arguments& arguments) {
  std::vector<JobHandlerOption> handlers;
  for (const std::string& text : arguments.values("--handler")) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
      throw Error(ErrorKind::usage, "usage",
                  fmt::format("cannot use '--handler {}': expected TYPE=COMMAND", printable(text)))
          .with_hint("menacedb jobs work --handler 'PingPeer=ping -c 1 localhost'");
    }
    handlers.push_back({text.substr(0, equals), text.substr(equals + 1)});
    require_job_type(handlers.back().type);
  }
  return handlers;
}

JobRunnerOptions read_options(App& app, const Arguments& arguments) {
  const std::vector<JobHandlerOption> handlers = read_handlers(arguments);
  JobRunnerOptions options =
      make_job_runner_options(app.context(), jobs_path(app, arguments), handlers);
  if (const auto workers = arguments.value("--workers")) {
    options.workers = parse_count_option("--workers", *workers);
    if (options.workers < 1 || options.workers > k_most_workers) {
      throw Error(ErrorKind::usage, "usage",
                  fmt::format("cannot use '--workers {}': expected 1 to {}", printable(*workers),
                              k_most_workers));
    }
  }
  if (const auto type = arguments.value("--type")) {
    if (!options.handlers.contains(*type)) {
      throw Error(ErrorKind::config, "handler-missing",
                  fmt::format("cannot run jobs of type '{}': it has no handler", printable(*type)))
          .with_hint(fmt::format("menacedb jobs work --handler '{}=COMMAND'", printable(*type)));
    }
    options.types = {*type};
  }
  options.keeps_schedules = !arguments.has("--once");
  return options;
}

// Entries are no jobs of a type; who asks for a type does not mean them.
DrainsOptions entry_drains(const Context& context, const JobRunnerOptions& options, Hooks* hooks) {
  DrainsOptions drains;
  if (options.types.empty()) {
    drains.table = table_drain_options(context.settings);
    drains.table->database = options.store.path;
    drains.table->hooks = hooks;
  }
  return drains;
}

void print(App& app, const JobCounts& counts) {
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", k_jobs_schema).member("completed", counts.completed);
    json.member("failed", counts.failed).member("retried", counts.retried).end_object();
    app.printer().line(json.text());
  } else if (!app.is_quiet()) {
    app.printer().line(fmt::format("{} completed, {} failed, {} to be tried again",
                                   counts.completed, counts.failed, counts.retried));
  }
}

JobCounts counts_of(const PassReport& report) {
  return {.completed = report.applied + report.duplicates + report.dropped,
          .failed = report.failed,
          .retried = report.deferred};
}

int work_once(App& app, const Context& context, JobRunnerOptions options, Hooks* hooks) {
  const SignalGuard signals(app.stop());
  const Router router = make_router(context.settings);
  JobCounts counts;
  if (const DrainsOptions drains = entry_drains(context, options, hooks); drains.table) {
    PassReport report = Drains(context, router, drains).pass();
    if (report.fault) {
      throw Error(*report.fault);
    }
    if (report.got_no_turn && !app.stop().is_requested()) {
      throw Error(ErrorKind::busy, "busy", report.busy_reason).with_hint(report.busy_hint);
    }
    counts.add(counts_of(report));
  }
  if (!options.handlers.empty()) {
    JobRunner runner(app.fs(), app.clock(), app.stop(), std::move(options));
    counts.add(runner.run_due());
  }
  print(app, counts);
  if (app.stop().is_requested()) {
    return k_exit_signal_base + SignalGuard::caught();
  }
  return counts.failed > 0 ? k_exit_some_failed : k_exit_done;
}

// Until a signal: that is how it is meant to end, so the status is 0.
int work_on(App& app, const Context& context, JobRunnerOptions options, Hooks* hooks) {
  const SignalGuard signals(app.stop());
  const Router router = make_router(context.settings);
  DrainLoop entries(context, router, entry_drains(context, options, hooks));
  JobService service(app.fs(), app.clock());
  if (!options.handlers.empty()) {
    service.configure(std::move(options));
  }
  std::string last_fault;
  while (!app.stop().is_requested()) {
    const PassReport report = entries.turn();
    const std::string fault = report.fault ? report.fault->message() : report.busy_reason;
    if (!fault.empty() && fault != last_fault) {
      app.printer().note(fmt::format("warning: {}", printable(fault)));
    }
    last_fault = fault;
    entries.wait(k_forever);
  }
  service.stop();
  return k_exit_done;
}

} // namespace

int jobs_work(App& app, const Arguments& arguments) {
  if (!jobs_words(arguments).empty()) {
    throw Error(ErrorKind::usage, "usage", "cannot work: jobs work takes options only")
        .with_hint("menacedb jobs work --once");
  }
  const Context context = app.context();
  JobRunnerOptions options = read_options(app, arguments);
  if (options.handlers.empty() && !app.is_quiet()) {
    app.printer().note("menacedb: no handlers are configured, only entries will be applied\n"
                       "hint: menacedb jobs work --handler TYPE=COMMAND");
  }
  const std::unique_ptr<Hooks> hooks = make_hooks(context);
  return arguments.has("--once") ? work_once(app, context, std::move(options), hooks.get())
                                 : work_on(app, context, std::move(options), hooks.get());
}

} // namespace menacedb
