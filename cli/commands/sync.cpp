#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_parts.hpp"
#include "cli/option_values.hpp"
#include "cli/scratch_directory.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/db/database.hpp"
#include "core/engine/database_options.hpp"
#include "core/engine/drains.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/engine/replay.hpp"
#include "core/engine/replay_dir.hpp"
#include "core/engine/status.hpp"
#include "core/os/signals.hpp"
#include "core/os/watcher.hpp"
#include "core/store/store_schema.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr OptionSpec k_options[] = {
    {.name = "--once", .help = "one pass, then end (the default)"},
    {.name = "--watch", .help = "apply entries as they come, until interrupted"},
    {.name = "--interval", .argument = "D", .help = "a pass each D, until interrupted"},
    {.name = "--replay-failed", .help = "put the dead letters back into their queues first"},
    {.name = "--limit", .argument = "N", .help = "at most N entries a pass"},
    {.name = "--table", .argument = "T", .help = "only entries of this table", .words = "@tables"},
    {.name = "--format", .argument = "F", .help = "jsonl, dir or all (default)"},
    {.name = "--db-path",
     .argument = "DB",
     .help = "the database to apply to; every table it has and no list denies is taken",
     .item = "databases.shared"},
    {.name = "--lock-timeout", .argument = "D", .help = "wait this long for a turn (default 10s)"},
    {.name = "--dry-run", .help = "say what a pass would do, change nothing"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb sync", "apply what is queued now"},
    {"menacedb sync --queue-dir logs/queue --db-path shared/global.db --once --replay-failed",
     "what the old synchroniser's cron line becomes"},
};

enum class Repeat { once, interval, watch };

struct SyncOptions {
  Repeat repeat = Repeat::once;
  Duration interval{};
  bool replays_first = false;
  bool is_dry_run = false;
  DrainsOptions drains;
};

DrainOptions row_drain_options(const Arguments& arguments, const Settings& settings, bool goes_on) {
  DrainOptions drain;
  drain.queue_directories = settings.drain_queue_dirs();
  drain.database = shared_database_path(settings);
  drain.takes_any_table = settings.origin("databases.shared").kind == "flag";
  drain.decides_in_place = goes_on;
  if (const auto limit = arguments.value("--limit")) {
    drain.limit = parse_count_option("--limit", *limit);
  }
  drain.table = arguments.value("--table").value_or("");
  if (const auto timeout = arguments.value("--lock-timeout")) {
    drain.lock_patience = parse_duration_option("--lock-timeout", *timeout);
    drain.busy_timeout = drain.lock_patience;
  }
  return drain;
}

DirDrainOptions sql_drain_options(const Arguments& arguments, const Settings& settings) {
  DirDrainOptions drain = dir_drain_options(settings);
  if (const auto limit = arguments.value("--limit")) {
    drain.limit = parse_count_option("--limit", *limit);
  }
  drain.table = arguments.value("--table").value_or("");
  if (const auto timeout = arguments.value("--lock-timeout")) {
    drain.lock_patience = parse_duration_option("--lock-timeout", *timeout);
    drain.lock_timeout = drain.lock_patience;
  }
  return drain;
}

SyncOptions read_options(const Arguments& arguments, const Settings& settings) {
  SyncOptions options;
  const bool watches = arguments.has("--watch");
  const auto interval = arguments.value("--interval");
  if (arguments.has("--once") && (watches || interval)) {
    throw Error(ErrorKind::usage, "option-conflict",
                "cannot combine --once with --watch or --interval");
  }
  const bool is_repeated_by_environment =
      settings.origin("sync.interval").kind == "env" && !arguments.has("--once");
  if (watches) {
    options.repeat = Repeat::watch;
  } else if (interval || is_repeated_by_environment) {
    options.repeat = Repeat::interval;
  }
  options.interval = interval ? parse_duration_option("--interval", *interval)
                              : settings.duration("sync.interval");
  if (options.repeat == Repeat::interval && options.interval <= Duration::zero()) {
    throw Error(interval ? ErrorKind::usage : ErrorKind::config, "bad-interval",
                "cannot make passes at an interval of 0: it must be longer")
        .with_hint("menacedb sync --watch");
  }
  options.replays_first = arguments.has("--replay-failed");
  options.is_dry_run = arguments.has("--dry-run");
  const std::string format = arguments.word("--format", "jsonl|dir|all").value_or("all");
  if (format != "dir") {
    options.drains.rows = row_drain_options(arguments, settings, options.repeat != Repeat::once);
  }
  if (format != "jsonl") {
    options.drains.dir = sql_drain_options(arguments, settings);
  }
  return options;
}

void print_json(App& app, const PassReport& report, bool is_dry_run) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.sync/1");
  json.member("applied", report.applied).member("duplicates", report.duplicates);
  json.member("failed", report.failed).member("deferred", report.deferred);
  json.member("dropped", report.dropped);
  json.member("remaining", report.remaining);
  if (report.is_remaining_approximate) {
    json.member("approximate", true);
  }
  json.member("elapsed_ms", static_cast<double>(report.elapsed.count()) / 1000.0);
  json.key("queues").begin_array();
  for (const auto& [name, queue] : report.queues) {
    json.begin_object().member("queue", json_name(name)).member("applied", queue.applied);
    json.member("duplicates", queue.duplicates).member("failed", queue.failed).end_object();
  }
  json.end_array();
  if (is_dry_run) {
    json.member("dry_run", true);
  }
  app.printer().line(json.end_object().text());
}

void print_text(App& app, const PassReport& report) {
  const double seconds = static_cast<double>(report.elapsed.count()) / 1e6;
  app.printer().line(
      fmt::format("applied {}, duplicates {}, failed {}, deferred {}, remaining {}{} in {:.3f} s",
                  report.applied, report.duplicates, report.failed, report.deferred,
                  report.is_remaining_approximate ? "about " : "", report.remaining, seconds));
}

void print_report(App& app, const PassReport& report, const SyncOptions& options) {
  if (app.wants_json()) {
    print_json(app, report, options.is_dry_run);
  } else if (!app.is_quiet()) {
    print_text(app, report);
  }
  app.printer().flush();
  if (report.failed > 0 && !app.wants_json()) {
    app.printer().note("hint: menacedb replay-failed --list");
  }
  if (report.got_no_turn) {
    app.printer().note(fmt::format("warning: {}", printable(report.busy_reason)));
    if (!report.busy_hint.empty() && !app.wants_json()) {
      app.printer().note(fmt::format("hint: {}", printable(report.busy_hint)));
    } else if (report.remaining > 0 && !app.wants_json()) {
      app.printer().note("hint: menacedb sync --lock-timeout 1m");
    }
  }
}

int exit_status(const PassReport& report) {
  if (report.got_no_turn && report.remaining > 0) {
    return 75;
  }
  return report.failed > 0 ? 1 : 0;
}

bool has_decided(const PassReport& report) {
  return report.applied + report.duplicates + report.failed + report.deferred + report.dropped > 0;
}

// Whether the fault may go away while we wait (invariant 5): room on the disk, a right, memory.
bool may_pass(const Error& fault) {
  constexpr std::string_view k_codes[] = {"disk-full", "io-error", "out-of-memory", "permission",
                                          "read-only"};
  return std::find(std::begin(k_codes), std::end(k_codes), fault.code()) != std::end(k_codes);
}

// One folder is waited for without waking up; several take turns, so that none waits for long.
void wait_for_arrivals(App& app, std::vector<Watcher>& watchers, Duration patience) {
  constexpr Duration k_turn = std::chrono::milliseconds(50);
  const Duration deadline = app.clock().monotonic() + patience;
  const Duration turn = watchers.size() == 1 ? patience : k_turn;
  while (!app.stop().is_requested()) {
    for (Watcher& watcher : watchers) {
      if (watcher.wait(std::min(turn, patience), app.stop())) {
        return;
      }
    }
    if (app.clock().monotonic() >= deadline) {
      return;
    }
  }
}

// Until a stop is requested: that is how it is meant to end, so the status is 0.
int repeat_passes(App& app, Drains& drain, const SyncOptions& options) {
  constexpr Duration k_longest_sleep = std::chrono::minutes(1);
  std::vector<Watcher> watchers;
  for (const std::string& directory : arrival_directories(options.drains)) {
    watchers.emplace_back(directory);
  }
  bool is_first = true;
  bool was_busy = false;
  std::string last_fault;
  while (!app.stop().is_requested()) {
    const PassReport report = drain.pass();
    const bool is_stuck = report.got_no_turn && !was_busy; // told once, not with each try
    if (report.fault && !may_pass(*report.fault)) {
      print_report(app, report, options);
      throw Error(*report.fault);
    }
    if (is_first || is_stuck || options.repeat == Repeat::interval || has_decided(report)) {
      print_report(app, report, options);
    }
    is_first = false;
    was_busy = report.got_no_turn;
    const std::string fault = report.fault ? report.fault->message() : std::string();
    if (!fault.empty() && fault != last_fault) {
      app.printer().note(fmt::format("warning: {}", printable(fault)));
    }
    last_fault = fault;
    if (options.repeat == Repeat::interval) {
      app.clock().sleep(options.interval);
      continue;
    }
    Duration patience = std::min(drain.next_due().value_or(k_longest_sleep), k_longest_sleep);
    if (report.got_no_turn || report.fault) {
      patience = std::min<Duration>(patience, std::chrono::milliseconds(500));
    }
    if (report.fault) {
      app.clock().sleep(patience); // producers that go on must not keep us trying without a pause
    } else {
      wait_for_arrivals(app, watchers, patience);
    }
  }
  return 0;
}

// A file that no drain has prepared yet: its content goes into the copy. None when it is prepared.
bool copy_unprepared(const Context& context, const std::string& from, const std::string& to) {
  Database database(from, DatabaseOptions{.read_only = true, .accepts_snapshot = true},
                    context.clock, context.stop);
  if (has_store_schema(database)) {
    return false;
  }
  std::string quoted;
  for (const char c : to) {
    quoted.append(c == '\'' ? 2 : 1, c);
  }
  database.execute(fmt::format("VACUUM INTO '{}'", quoted), "copy");
  return true;
}

// A dry run must neither create the database nor menacedb's tables in it, but it tries statements:
// so it does that in a copy, until a drain has been there.
template <typename Options>
void find_rehearsal_place(const Context& context, Options& options, std::string copy) {
  options.is_rehearsal = true;
  if (!context.fs.stat(options.database) || copy_unprepared(context, options.database, copy)) {
    options.rehearsal_database = std::move(copy);
  }
}

std::unique_ptr<ScratchDirectory> rehearsal_place(const Context& context, SyncOptions& options) {
  if (!options.is_dry_run) {
    return nullptr;
  }
  auto scratch = std::make_unique<ScratchDirectory>();
  if (options.drains.rows) {
    find_rehearsal_place(context, *options.drains.rows, join_path(scratch->path(), "rows.db"));
  }
  if (options.drains.dir) {
    find_rehearsal_place(context, *options.drains.dir, join_path(scratch->path(), "dir.db"));
  }
  return scratch;
}

void replay_first(const Context& context, const SyncOptions& options) {
  ReplayOptions replay;
  replay.is_dry_run = options.is_dry_run;
  if (const auto& rows = options.drains.rows) {
    for (const std::string& directory : rows->queue_directories) {
      static_cast<void>(replay_dead_letters(context, directory, rows->database, replay));
    }
  }
  if (const auto& dir = options.drains.dir) {
    static_cast<void>(replay_dir(context, dir->directory, replay));
  }
}

std::unique_ptr<Drains> open_drain(const Context& context, const Router& router,
                                   const SyncOptions& options) {
  if (options.replays_first) {
    replay_first(context, options);
  }
  return std::make_unique<Drains>(context, router, options.drains);
}

// A database that is locked from the start: one pass says what waits; a drain that goes on waits,
// too, as it would later (invariant 5). None when stopped meanwhile.
std::unique_ptr<Drains> open_patiently(App& app, const Context& context, const Router& router,
                                       const SyncOptions& options) {
  for (bool was_busy = false; !app.stop().is_requested(); was_busy = true) {
    try {
      return open_drain(context, router, options);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::busy) {
        throw;
      }
      if (!was_busy) {
        app.printer().note(fmt::format("warning: {}", printable(error.message())));
      }
    }
  }
  return nullptr;
}

PassReport report_without_turn(const Context& context, const Error& error) {
  const QueueState waiting = read_status(context, {}).total;
  PassReport report;
  report.got_no_turn = true;
  const Error told = explain_mode(context.settings, error);
  report.busy_reason = told.message();
  report.busy_hint = told.hint();
  report.remaining = waiting.pending;
  report.is_remaining_approximate = waiting.is_approximate;
  return report;
}

PassReport pass_once(const Context& context, const Router& router, SyncOptions& options) {
  try {
    const std::unique_ptr<ScratchDirectory> scratch = rehearsal_place(context, options);
    const std::unique_ptr<Drains> drain = open_drain(context, router, options);
    return options.is_dry_run ? drain->rehearse() : drain->pass();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::busy) {
      throw;
    }
    return report_without_turn(context, error);
  }
}

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  SyncOptions options = read_options(arguments, context.settings);
  const SignalGuard signals(app.stop());
  const Router router = make_router(context.settings);
  const std::unique_ptr<Hooks> hooks = make_hooks(context);
  if (options.drains.rows) {
    options.drains.rows->hooks = hooks.get();
  }
  if (options.repeat != Repeat::once && !options.is_dry_run) {
    const std::unique_ptr<Drains> drain = open_patiently(app, context, router, options);
    return drain ? repeat_passes(app, *drain, options) : 0;
  }
  const PassReport report = pass_once(context, router, options);
  print_report(app, report, options);
  if (report.fault) {
    throw Error(*report.fault);
  }
  if (app.stop().is_requested()) {
    return k_exit_signal_base + SignalGuard::caught();
  }
  return exit_status(report);
}

} // namespace

const CommandSpec k_sync_command = {
    .name = "sync",
    .summary = "Apply the queues to the databases",
    .usage = "[--once | --watch | --interval D] [--replay-failed] [--limit N] [--table T]",
    .positionals = {},
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
