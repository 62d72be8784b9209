#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/option_values.hpp"
#include "cli/pass_output.hpp"
#include "cli/scratch_directory.hpp"
#include "core/base/text.hpp"
#include "core/db/database.hpp"
#include "core/engine/database_options.hpp"
#include "core/engine/drain/drains.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/engine/replay/replay.hpp"
#include "core/engine/replay/replay_dir.hpp"
#include "core/engine/replay/replay_table.hpp"
#include "core/engine/worker/live_drain.hpp"
#include "core/os/signals.hpp"
#include "core/store/store_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace menacedb {
namespace {

constexpr OptionSpec k_options[] = {
    {.name = "--once", .help = "one pass, then end (the default)"},
    {.name = "--watch", .help = "apply entries as they come, until interrupted"},
    {.name = "--interval", .argument = "D", .help = "a pass each D, until interrupted"},
    {.name = "--replay-failed", .help = "put the dead letters back into their queues first"},
    {.name = "--limit", .argument = "N", .help = "at most N entries a pass"},
    {.name = "--table", .argument = "T", .help = "only entries of this table", .words = "@tables"},
    {.name = "--format", .argument = "F", .help = "jsonl, dir, table or all (default)"},
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

// What is asked of all drains alike. Whether it says how long to wait for locks.
template <typename Options>
bool read_common(const Arguments& arguments, Options& drain) {
  if (const auto limit = arguments.value("--limit")) {
    drain.limit = parse_count_option("--limit", *limit);
  }
  drain.table = arguments.value("--table").value_or("");
  const auto timeout = arguments.value("--lock-timeout");
  if (timeout) {
    drain.lock_patience = parse_duration_option("--lock-timeout", *timeout);
  }
  return timeout.has_value();
}

DrainOptions row_drain_options(const Arguments& arguments, const Settings& settings, bool goes_on) {
  DrainOptions drain;
  drain.queue_directories = settings.drain_queue_dirs();
  drain.database = shared_database_path(settings);
  drain.takes_any_table = settings.origin("databases.shared").kind == "flag";
  drain.decides_in_place = goes_on;
  if (read_common(arguments, drain)) {
    drain.busy_timeout = drain.lock_patience;
  }
  return drain;
}

DirDrainOptions sql_drain_options(const Arguments& arguments, const Settings& settings) {
  DirDrainOptions drain = dir_drain_options(settings);
  if (read_common(arguments, drain)) {
    drain.lock_timeout = drain.lock_patience;
  }
  return drain;
}

TableDrainOptions entry_drain_options(const Arguments& arguments, const Settings& settings) {
  TableDrainOptions drain = table_drain_options(settings);
  if (read_common(arguments, drain)) {
    drain.busy_timeout = drain.lock_patience;
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
  const std::string format = arguments.word("--format", "jsonl|dir|table|all").value_or("all");
  if (format == "jsonl" || format == "all") {
    options.drains.rows = row_drain_options(arguments, settings, options.repeat != Repeat::once);
  }
  if (format == "dir" || format == "all") {
    options.drains.dir = sql_drain_options(arguments, settings);
  }
  if (format == "table" || format == "all") {
    options.drains.table = entry_drain_options(arguments, settings);
  }
  return options;
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

void warn(App& app, const std::string& text) {
  app.printer().note(fmt::format("warning: {}", printable(text)));
}

// Until a stop is requested: that is how it is meant to end, so the status is 0.
int repeat_passes(App& app, LiveDrain& loop, Repeat repeat, const Arguments& arguments) {
  constexpr Duration k_forever = std::chrono::hours(24 * 365);
  bool is_first = true;
  bool was_busy = false;
  std::string last_fault;
  while (SignalGuard::caught() == 0) {
    const PassReport report = loop.turn();
    if (report.fault && !may_pass(*report.fault)) {
      if (loop.has_opened()) {
        print_pass(app, report, {});
      }
      throw Error(*report.fault);
    }
    const bool is_stuck = report.got_no_turn && !was_busy; // told once, not with each try
    if (!loop.has_opened()) {
      if (is_stuck) {
        warn(app, report.busy_reason);
      }
    } else if (is_first || is_stuck || repeat == Repeat::interval || has_decided(report)) {
      print_pass(app, report, {});
      is_first = false;
    }
    was_busy = report.got_no_turn;
    const std::string fault = report.fault ? report.fault->message() : std::string();
    if (!fault.empty() && fault != last_fault) {
      warn(app, fault);
    }
    last_fault = fault;
    if (repeat == Repeat::interval && loop.has_opened()) {
      app.clock().sleep(read_options(arguments, loop.settings()).interval);
    } else {
      loop.wait(k_forever);
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
  if (options.drains.table) {
    find_rehearsal_place(context, *options.drains.table, join_path(scratch->path(), "jobs.db"));
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
  if (const auto& table = options.drains.table) {
    static_cast<void>(replay_table(context, table->database, replay));
  }
}

std::unique_ptr<Drains> open_drain(const Context& context, const Router& router,
                                   const SyncOptions& options) {
  if (options.replays_first) {
    replay_first(context, options);
  }
  return std::make_unique<Drains>(context, router, options.drains);
}

// A database that is locked from the start: a drain that goes on waits, as it would later
// (invariant 5).
void replay_patiently(App& app, const Context& context, const SyncOptions& options) {
  for (bool was_busy = false; !app.stop().is_requested(); was_busy = true) {
    try {
      replay_first(context, options);
      return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::busy) {
        throw;
      }
      if (!was_busy) {
        warn(app, error.message());
      }
    }
  }
}

PassReport pass_once(const Context& context, const Router& router, SyncOptions& options) {
  const std::unique_ptr<ScratchDirectory> scratch = rehearsal_place(context, options);
  const std::unique_ptr<Drains> drain = open_drain(context, router, options);
  return options.is_dry_run ? drain->rehearse() : drain->pass();
}

// SIGHUP asks for a reload where nobody could have meant that the terminal is gone.
bool has_terminal() {
  return ::isatty(STDIN_FILENO) == 1 || ::isatty(STDOUT_FILENO) == 1 ||
         ::isatty(STDERR_FILENO) == 1;
}

int go_on(App& app, const Arguments& arguments, const SyncOptions& options) {
  if (options.replays_first) {
    const SignalGuard signals(app.stop());
    replay_patiently(app, app.context(), options);
    if (app.stop().is_requested()) {
      return 0;
    }
  }
  LiveDrain loop(app.fs(), app.clock(),
                 {.sources = app.config_sources(),
                  .make_log = make_log,
                  .make_drains = [&](const Settings& settings) {
                    return read_options(arguments, settings).drains;
                  }});
  const SignalGuard signals(loop.wake());
  std::optional<HangupGuard> hangup;
  if (!has_terminal()) {
    hangup.emplace(loop.wake());
  }
  return repeat_passes(app, loop, options.repeat, arguments);
}

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  SyncOptions options = read_options(arguments, context.settings);
  if (options.repeat != Repeat::once && !options.is_dry_run) {
    return go_on(app, arguments, options);
  }
  const SignalGuard signals(app.stop());
  const Router router = make_router(context.settings);
  const std::unique_ptr<Hooks> hooks = make_hooks(context);
  use_hooks(options.drains, hooks.get());
  return run_single_pass(app, {.is_dry_run = options.is_dry_run},
                         [&] { return pass_once(context, router, options); });
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
