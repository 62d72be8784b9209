#include "core/engine/worker/worker.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/option_values.hpp"
#include "cli/pass_output.hpp"
#include "cli/worker_log.hpp"
#include "cli/worker_start.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/engine/jobs/job_options.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/os/process_handle.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <set>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "ACTION",
     .help = "start, stop, restart, reload, status, logs, follow, once or run",
     .words = "start stop restart reload status logs follow once run"},
};

constexpr OptionSpec k_options[] = {
    {.name = "-n,--lines", .argument = "N", .help = "logs, follow: the last N lines (default 50)"},
    {.name = "--timeout",
     .argument = "D",
     .help = "stop, restart, reload: wait at most this long (default 30s)"},
    {.name = "--force", .help = "stop, restart: kill it when it does not end in time"},
    {.name = "--dry-run", .help = "say what would be done, change nothing"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb worker start", "apply entries as they come, in the background"},
    {"menacedb worker status --json", "whether it runs: exit 1 when not"},
    {"menacedb worker stop", "let it finish the batch in hand and end"},
};

constexpr Duration k_stop_patience = std::chrono::seconds(30);
constexpr Duration k_poll = std::chrono::milliseconds(5);
constexpr std::uint64_t k_default_lines = 50;

struct Answer {
  std::string_view action;
  bool is_running = false;
  std::optional<RunningWorker> worker;
  std::optional<bool> was_so_already;
  std::string text;
};

void print(App& app, const Answer& answer, bool is_dry_run) {
  if (!app.wants_json()) {
    if (!app.is_quiet()) {
      app.printer().line(answer.text);
    }
    return;
  }
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.worker/1").member("action", answer.action);
  json.member("running", answer.is_running).key("pid");
  if (answer.worker && answer.worker->pid != 0) {
    json.value(static_cast<std::int64_t>(answer.worker->pid));
  } else {
    json.null();
  }
  if (answer.was_so_already) {
    json.member("already", *answer.was_so_already);
  }
  if (answer.worker && answer.worker->state) {
    const WorkerState& state = *answer.worker->state;
    json.member("generation", state.generation);
    json.member("started_at", format_instant(state.started_at));
    json.member("loaded_at", format_instant(state.loaded_at));
    for (const auto& [name, text] : {std::pair("config_error", &state.config_error),
                                     std::pair("last_error", &state.last_error)}) {
      json.key(name);
      if (text->empty()) {
        json.null();
      } else {
        json.value(*text);
      }
    }
  }
  if (is_dry_run) {
    json.member("dry_run", true);
  }
  app.printer().line(json.end_object().text());
}

std::string pid_text(int pid) {
  return pid == 0 ? "a pid of another container" : fmt::format("pid {}", pid);
}

// Every worker that serves one of our spools.
std::set<int> worker_pids(App& app) {
  std::set<int> pids;
  for (const WorkerSpool& spool : worker_spools(app.settings())) {
    if (const auto worker = find_worker(app.fs(), spool)) {
      pids.insert(worker->pid);
    }
  }
  return pids;
}

// Its pid is the worker's for as long as we hold this. None when it has ended.
std::optional<ProcessHandle> hold(App& app, int pid) {
  if (pid == 0) {
    throw Error(ErrorKind::unavailable, "worker-elsewhere",
                "cannot signal the worker: it runs in another container");
  }
  auto process = ProcessHandle::open(pid);
  return process && worker_pids(app).contains(pid) ? std::move(process) : std::nullopt;
}

Duration patience_of(const Arguments& arguments) {
  const auto text = arguments.value("--timeout");
  return text ? parse_duration_option("--timeout", *text) : k_stop_patience;
}

void stop_one(App& app, int pid, const Arguments& arguments) {
  const auto process = hold(app, pid);
  if (!process || !process->signal(SIGTERM)) {
    return;
  }
  const Duration patience = patience_of(arguments);
  if (process->wait_for_end(patience)) {
    return;
  }
  if (!arguments.has("--force")) {
    throw Error(ErrorKind::busy, "still-running",
                fmt::format("cannot stop the worker: pid {} has not ended after {}", pid,
                            format_duration(patience)))
        .with_hint("menacedb worker stop --force");
  }
  (void)process->signal(SIGKILL);
  (void)process->wait_for_end(patience);
}

Answer stop(App& app, const Arguments& arguments) {
  const std::set<int> pids = worker_pids(app);
  Answer answer{.action = "stop", .worker = {}, .was_so_already = pids.empty(), .text = {}};
  if (pids.empty()) {
    answer.text = "no worker was running";
    return answer;
  }
  answer.worker = RunningWorker{*pids.begin(), std::nullopt};
  const bool is_dry_run = arguments.has("--dry-run");
  for (const int pid : pids) {
    if (!is_dry_run) {
      stop_one(app, pid, arguments);
    }
    answer.text += fmt::format("{}{} the worker ({})", answer.text.empty() ? "" : "\n",
                               is_dry_run ? "would stop" : "stopped", pid_text(pid));
  }
  answer.is_running = is_dry_run;
  return answer;
}

Answer start(App& app, const Arguments& arguments) {
  Answer answer{.action = "start", .worker = {}, .was_so_already = {}, .text = {}};
  if (arguments.has("--dry-run")) {
    answer.worker = find_worker(app.fs(), app.settings());
    answer.is_running = answer.was_so_already.emplace(answer.worker.has_value());
    answer.text = answer.is_running
                      ? fmt::format("a worker runs ({})", pid_text(answer.worker->pid))
                      : "would start a worker";
    return answer;
  }
  const WorkerStart started = start_worker(app);
  answer.is_running = true;
  answer.worker = RunningWorker{started.pid, std::nullopt};
  answer.was_so_already = started.was_running;
  answer.text =
      fmt::format("{} ({})", started.was_running ? "a worker runs already" : "started a worker",
                  pid_text(started.pid));
  return answer;
}

Answer restart(App& app, const Arguments& arguments) {
  Answer stopped = stop(app, arguments);
  if (arguments.has("--dry-run")) {
    stopped.text += "\nwould start a worker";
  } else {
    stopped = start(app, arguments);
  }
  stopped.action = "restart";
  return stopped;
}

Answer status(App& app) {
  Answer answer{.action = "status", .worker = {}, .was_so_already = {}, .text = {}};
  answer.worker = find_worker(app.fs(), app.settings());
  answer.is_running = answer.worker.has_value();
  if (!answer.worker) {
    answer.text = "no worker is running";
    return answer;
  }
  answer.text = fmt::format("running ({})", pid_text(answer.worker->pid));
  if (const auto& state = answer.worker->state) {
    answer.text += fmt::format(" since {}, generation {} of the settings",
                               format_instant(state->started_at), state->generation);
    if (!state->config_error.empty()) {
      answer.text += "\nsettings not taken: " + state->config_error;
    }
    if (!state->last_error.empty()) {
      answer.text += "\nlast pass: " + state->last_error;
    }
  }
  return answer;
}

RunningWorker require_worker(App& app) {
  if (auto worker = find_worker(app.fs(), app.settings())) {
    return std::move(*worker);
  }
  throw Error(ErrorKind::unavailable, "worker-stopped", "cannot reload: no worker is running")
      .with_hint("menacedb worker start");
}

// Sends SIGHUP and waits for the verdict.
Answer reload(App& app, const Arguments& arguments) {
  const RunningWorker before = require_worker(app);
  Answer answer{.action = "reload", .worker = before, .was_so_already = {}, .text = {}};
  answer.is_running = true;
  if (arguments.has("--dry-run")) {
    answer.text = fmt::format("would reload the worker ({})", pid_text(before.pid));
    return answer;
  }
  const std::uint64_t begun = before.state ? before.state->begun_reloads : 0;
  const Duration patience = patience_of(arguments);
  const Duration deadline = app.clock().monotonic() + patience;
  const auto process = hold(app, before.pid);
  bool is_gone = !process || !process->signal(SIGHUP);
  while (!is_gone) {
    answer.worker = find_worker(app.fs(), app.settings());
    is_gone = !answer.worker || answer.worker->pid != before.pid;
    if (!is_gone && answer.worker->state && answer.worker->state->reloads > begun) {
      break;
    }
    if (app.clock().monotonic() > deadline) {
      throw Error(ErrorKind::busy, "no-verdict",
                  fmt::format("cannot reload: the worker has not answered after {}",
                              format_duration(patience)))
          .with_hint("menacedb worker status");
    }
    app.clock().sleep(k_poll);
  }
  if (is_gone) {
    throw Error(ErrorKind::unavailable, "worker-stopped", "cannot reload: the worker has ended")
        .with_hint("menacedb worker start");
  }
  const WorkerState& state = *answer.worker->state;
  if (!state.config_error.empty()) {
    throw Error(ErrorKind::config, "reload-refused",
                fmt::format("cannot reload: {}; generation {} stays in force", state.config_error,
                            state.generation))
        .with_hint("menacedb config check");
  }
  answer.text = fmt::format("reloaded: generation {}", state.generation);
  return answer;
}

int once(App& app) {
  const SignalGuard signals(app.stop());
  const Context context = app.context();
  const Router router = make_router(context.settings);
  DrainsOptions options = worker_drains(context.settings, worker_spools(context.settings));
  const std::unique_ptr<Hooks> hooks = make_hooks(context);
  use_hooks(options, hooks.get());
  if (options.rows) {
    options.rows->decides_in_place = false; // the queue files are empty afterwards
  }
  if (options.dir) {
    options.dir->goes_on = false;
  }
  FileSet files;
  std::optional<JobRunnerOptions> jobs = worker_job_options(context, files);
  JobCounts counts;
  std::optional<Error> fault;
  const PassOutput output{.schema = "menacedb.worker/1", .jobs = jobs ? &counts : nullptr};
  const int status = run_single_pass(app, output, [&] {
    PassReport report = Drains(context, router, options).pass();
    try {
      if (jobs && !app.stop().is_requested()) {
        jobs->keeps_schedules = false;
        counts = JobRunner(app.fs(), app.clock(), app.stop(), std::move(*jobs)).run_due();
      }
    } catch (const Error& error) {
      fault = error; // what was done is told first
    }
    return report;
  });
  if (fault) {
    throw Error(*fault);
  }
  return status == k_exit_done && counts.failed > 0 ? k_exit_some_failed : status;
}

// In the foreground, for a service manager.
int run_in_foreground(App& app) {
  const ServiceManager manager([](const char* name) -> const char* { return std::getenv(name); });
  Worker worker(app.fs(), app.clock(),
                {.sources = app.config_sources(), .manager = manager, .logs_to_file = false});
  if (!worker.has_spools()) {
    const auto running = find_worker(app.fs(), app.settings());
    throw Error(
        ErrorKind::busy, "already-running",
        fmt::format("cannot run: a worker runs already ({})", pid_text(running ? running->pid : 0)))
        .with_hint("menacedb worker stop");
  }
  worker.run([] {});
  return k_exit_done;
}

int show_logs(App& app, const Arguments& arguments, bool follows) {
  const auto lines = arguments.value("--lines");
  const std::uint64_t count = lines ? parse_count_option("--lines", *lines) : k_default_lines;
  const std::string path = worker_log_path(app.settings());
  return follows ? follow_log(app, path, count) : print_log_end(app, path, count);
}

int run(App& app, const Arguments& arguments) {
  const std::string action =
      arguments.word("ACTION", "start|stop|restart|reload|status|logs|follow|once|run")
          .value_or("");
  if (action == "logs" || action == "follow") {
    return show_logs(app, arguments, action == "follow");
  }
  if (action == "once") {
    return once(app);
  }
  if (action == "run") {
    return run_in_foreground(app);
  }
  const Answer answer = action == "start"     ? start(app, arguments)
                        : action == "stop"    ? stop(app, arguments)
                        : action == "restart" ? restart(app, arguments)
                        : action == "reload"  ? reload(app, arguments)
                                              : status(app);
  print(app, answer, arguments.has("--dry-run"));
  app.printer().flush();
  return action == "status" && !answer.is_running ? k_exit_some_failed : k_exit_done;
}

} // namespace

const CommandSpec k_worker_command = {
    .name = "worker",
    .summary = "Run the daemon that applies entries as they come",
    .usage = "start|stop|restart|reload|status|logs|follow|once|run [-n N]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
