#include "core/engine/care/restore.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_parts.hpp"
#include "cli/option_values.hpp"
#include "cli/phase_progress.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "BACKUP", .help = "the file of a backup", .is_required = false},
};

constexpr OptionSpec k_options[] = {
    {.name = "--latest", .help = "the newest backup that is sound"},
    {.name = "--to",
     .argument = "DB",
     .help = "the database to replace: shared, local, sql or a path (default: the one it is of)"},
    {.name = "--replay-archive", .help = "apply again what was decided after the backup"},
    {.name = "--until", .argument = "TIME", .help = "leave out entries created later than this"},
    {.name = "--force",
     .help = "even while others have the database open, or without a fitting manifest"},
    {.name = "--dry-run", .help = "check the backup and say what would change"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb restore --latest",
     "the newest sound backup of the shared database, after a question"},
    {"menacedb restore --latest --replay-archive --until 2026-01-02T03:04:05Z --yes",
     "the database as it was at that moment"},
    {"menacedb restore shared/backups/global_20260102_030405_manual.db --to copy.db --yes",
     "a copy to look at"},
};

// A configured database by its name, else a path, which need not exist.
std::string target_named(const Settings& settings, const std::string& word) {
  for (const NamedDatabase& database : configured_databases(settings)) {
    if (database.name == word) {
      return database.path;
    }
  }
  return word;
}

RestoreOptions read_options(App& app, const Arguments& arguments) {
  RestoreOptions options;
  options.backup = arguments.positional("BACKUP").value_or("");
  if (options.backup.empty() != arguments.has("--latest")) {
    throw Error(ErrorKind::usage, "usage",
                options.backup.empty() ? "cannot restore: no backup given"
                                       : "cannot use --latest together with a backup")
        .with_hint("menacedb backup --list");
  }
  if (const auto target = arguments.value("--to")) {
    options.target = target_named(app.settings(), *target);
  }
  options.replays_archive = arguments.has("--replay-archive");
  if (const auto until = arguments.value("--until")) {
    if (!options.replays_archive) {
      throw Error(ErrorKind::usage, "usage", "cannot use --until without --replay-archive");
    }
    options.until = parse_instant_option("--until", *until);
  }
  options.is_forced = arguments.has("--force");
  options.is_dry_run = arguments.has("--dry-run");
  return options;
}

std::string time_text(Instant when) {
  return format_instant(std::chrono::floor<std::chrono::seconds>(when));
}

std::string rows_text(const std::optional<std::int64_t>& rows) {
  return rows ? format_count(static_cast<std::uint64_t>(*rows)) : "-";
}

void note(App& app, const std::string& text) {
  if (!app.is_quiet()) {
    app.printer().note("menacedb: note: " + printable(text));
  }
}

// What is worth knowing before one agrees.
void print_preview(App& app, const RestorePreview& preview) {
  for (const RestorePreview::PassedOver& passed : preview.passed_over) {
    note(app, fmt::format("passed over '{}': {}", passed.path, passed.reason));
  }
  for (const std::string& doubt : preview.doubts) {
    note(app, fmt::format("'{}': {}", preview.backup.path, doubt));
  }
  for (const std::string& opener : preview.openers) {
    note(app, fmt::format("{} has '{}' open", opener, preview.target));
  }
  if (preview.damage) {
    note(app,
         fmt::format("'{}' is broken and will be set aside: {}", preview.target, *preview.damage));
  }
  if (app.wants_json()) {
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const RestorePreview::Table& table : preview.tables) {
    rows.push_back({table.name, rows_text(table.rows_now), rows_text(table.rows_then)});
  }
  app.printer().table({"table", "rows now", "rows then"}, rows);
  app.printer().flush();
}

void add_preview(JsonWriter& json, const RestorePreview& preview) {
  json.key("tables").begin_array();
  for (const RestorePreview::Table& table : preview.tables) {
    json.begin_object().member("name", json_name(table.name)).key("rows_now");
    table.rows_now ? json.value(*table.rows_now) : json.null();
    json.key("rows_then");
    table.rows_then ? json.value(*table.rows_then) : json.null();
    json.end_object();
  }
  json.end_array().key("passed_over").begin_array();
  for (const RestorePreview::PassedOver& passed : preview.passed_over) {
    json.begin_object().member("path", json_name(passed.path));
    json.member("reason", json_name(passed.reason)).end_object();
  }
  json.end_array();
}

void add_recovery(JsonWriter& json, const RecoveryReport& recovery) {
  json.key("replayed").begin_object().member("applied", recovery.applied);
  json.member("duplicates", recovery.duplicates).member("failed", recovery.failed);
  json.member("deferred", recovery.deferred).member("dropped", recovery.dropped);
  json.member("later", recovery.later);
  json.member("elsewhere", recovery.elsewhere);
  json.member("missing_segments", recovery.missing_segments);
  json.member("missing_entries", recovery.missing_entries).key("unreadable").begin_array();
  for (const std::string& path : recovery.unreadable) {
    json.value(json_name(path));
  }
  json.end_array().end_object();
}

void add_path(JsonWriter& json, std::string_view name, const std::string& path) {
  json.key(name);
  path.empty() ? json.null() : json.value(json_name(path));
}

void print_json(App& app, const RestoreReport& report, bool is_dry_run) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.restore/1");
  json.member("restored", json_name(report.preview.target));
  json.member("from", json_name(report.preview.backup.path));
  add_path(json, "safety_backup", report.safety_backup);
  add_path(json, "set_aside", report.set_aside);
  add_path(json, "integrity", report.integrity);
  json.member("queued", report.queues.queued()).member("archived_newer", report.queues.archived());
  json.key("newer").begin_array();
  for (const RestoredQueues::Newer& newer : report.queues.newer) {
    json.begin_object().member("queue", json_name(newer.queue));
    json.member("archived", newer.archived).member("queued", newer.queued).end_object();
  }
  json.end_array();
  if (report.queues.recovery) {
    add_recovery(json, *report.queues.recovery);
  }
  add_preview(json, report.preview);
  if (is_dry_run) {
    json.member("dry_run", true);
  }
  app.printer().line(json.end_object().text());
}

void print_recovery(App& app, const RecoveryReport& recovery) {
  app.printer().line(
      fmt::format("applied again from the archive: {}, duplicates {}, failed {}, deferred {}",
                  recovery.applied, recovery.duplicates, recovery.failed, recovery.deferred));
  if (recovery.later > 0) {
    app.printer().line(
        fmt::format("left in the archive: {} entries created later", recovery.later));
  }
  if (recovery.elsewhere > 0) {
    note(app,
         fmt::format("{} entries are of other databases, which have them and were not set back",
                     recovery.elsewhere));
  }
  if (recovery.missing_segments > 0) {
    note(app, fmt::format("{} segments that were applied after the backup are no longer in the "
                          "archive; their entries are lost",
                          recovery.missing_segments));
  }
  if (recovery.missing_entries > 0) {
    note(app, fmt::format("{} entries of the directory queue that were applied after the backup "
                          "have no file any more; they are lost",
                          recovery.missing_entries));
  }
  for (const std::string& path : recovery.unreadable) {
    note(app, fmt::format("'{}' was changed since it was applied and is left out", path));
  }
}

void print_text(App& app, const RestoreReport& report) {
  Printer& printer = app.printer();
  printer.line(fmt::format("restored {} from {} (integrity {})", printable(report.preview.target),
                           printable(report.preview.backup.path), report.integrity));
  if (!report.safety_backup.empty()) {
    printer.line(fmt::format("as it was: {}", printable(report.safety_backup)));
  }
  if (!report.set_aside.empty()) {
    printer.line(fmt::format("set aside: {}", printable(report.set_aside)));
  }
  if (report.queues.recovery) {
    print_recovery(app, *report.queues.recovery);
  }
  for (const RestoredQueues::Newer& newer : report.queues.newer) {
    if (newer.archived > 0) {
      printer.line(fmt::format("newer than the backup: {} entries of {} that were applied once; "
                               "restore with --replay-archive to have them again",
                               newer.archived, printable(newer.queue)));
    }
    if (newer.queued > 0) {
      printer.line(fmt::format("still queued: {} entries of {}; menacedb sync applies them",
                               newer.queued, printable(newer.queue)));
    }
  }
}

void print_limits(App& app, const RestoreReport& report) {
  if (!report.queues.knows_past) {
    note(app, "the broken database cannot say how far the queues were applied: what is still in "
              "them is applied from where the backup stood");
  }
  if (!report.preview.openers.empty() && !report.is_same_file) {
    note(app, "programs that had the old file open go on with it: restart them");
  }
  note(app, fmt::format("direct writes and writes of other programs since {} are in no archive",
                        time_text(report.preview.backup.created_at)));
}

int exit_status(const RestoreReport& report) {
  const std::optional<RecoveryReport>& recovery = report.queues.recovery;
  const bool is_whole =
      !recovery || (recovery->missing_segments == 0 && recovery->missing_entries == 0 &&
                    recovery->unreadable.empty());
  return is_whole ? k_exit_done : k_exit_some_failed;
}

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  RestoreOptions options = read_options(app, arguments);
  const Router router = make_router(context.settings);
  const SignalGuard signals(app.stop());
  PhaseProgress progress(app);
  options.on_progress = [&](std::string_view what, Bytes done, Bytes total) {
    progress.update(what, done, total);
  };
  options.agrees = [&](const RestorePreview& preview) {
    progress.end();
    print_preview(app, preview);
    return app.confirm(fmt::format("Replace '{}' by the backup of {}?", preview.target,
                                   time_text(preview.backup.created_at)));
  };
  RestoreReport report;
  try {
    report = restore(context, router, options);
  } catch (const Error&) {
    if (!app.stop().is_requested()) {
      throw;
    }
    progress.end();
    app.printer().note("menacedb: interrupted");
    return k_exit_signal_base + SignalGuard::caught();
  }
  progress.end();
  if (options.is_dry_run) {
    print_preview(app, report.preview);
  } else if (!report.is_restored) {
    app.printer().note("nothing was changed");
    return k_exit_done;
  }
  if (app.wants_json()) {
    print_json(app, report, options.is_dry_run);
  } else if (!options.is_dry_run) {
    print_text(app, report);
  }
  if (!options.is_dry_run) {
    print_limits(app, report);
  }
  app.printer().flush(WhenBroken::fail);
  return exit_status(report);
}

} // namespace

const CommandSpec k_restore_command = {
    .name = "restore",
    .summary = "Put a backup in the place of a database",
    .usage = "BACKUP|--latest [--to DB] [--replay-archive [--until TIME]] [--force]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
