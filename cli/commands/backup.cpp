#include "core/engine/care/backup.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_parts.hpp"
#include "cli/phase_progress.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/engine/places.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "DB",
     .help = "shared, local, sql or a path; none: all configured databases that exist",
     .is_required = false,
     .is_list = true},
};

constexpr OptionSpec k_options[] = {
    {.name = "--reason", .argument = "TEXT", .help = "why; part of the name (default manual)"},
    {.name = "--to", .argument = "DIR", .help = "keep it here, where nothing is ever pruned"},
    {.name = "--compress", .help = "keep it as a .zst file"},
    {.name = "--list", .help = "the backups there are"},
    {.name = "--no-verify", .help = "do not open and check the copy"},
    {.name = "--dry-run", .help = "say what would be written and pruned, change nothing"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb backup", "all configured databases, while they are in use"},
    {"menacedb backup shared --reason manual_before_bulk_delete --compress --json",
     "the shared one, small, with a reason to find it by"},
    {"menacedb backup --list", "what could be restored"},
};

std::vector<std::string> chosen_databases(App& app, const Arguments& arguments) {
  std::vector<std::string> paths;
  for (NamedDatabase& database :
       databases_named(app.fs(), app.settings(), arguments.values("DB"))) {
    paths.push_back(std::move(database.path));
  }
  if (paths.empty()) {
    throw Error(ErrorKind::bad_input, "not-found",
                "cannot back up: no configured database exists yet")
        .with_hint("menacedb init");
  }
  return paths;
}

void add_manifest(JsonWriter& json, const BackupManifest& manifest, Instant created_at) {
  json.member("source", json_name(manifest.source)).member("reason", json_name(manifest.reason));
  json.member("bytes", manifest.bytes).key("sha256");
  manifest.sha256.empty() ? json.null() : json.value(std::string_view(manifest.sha256));
  json.member("verified", manifest.is_verified);
  json.member("created_at", format_instant(created_at));
  if (manifest.content) {
    json.member("content_bytes", manifest.content->bytes);
    json.member("content_sha256", std::string_view(manifest.content->sha256));
  }
}

// One database's backups that were made, or would be.
void add_made(JsonWriter& json, const MadeBackup& made) {
  json.begin_object().member("path", json_name(made.path));
  add_manifest(json, made.manifest, *made.manifest.created_at);
  json.member("copy_ms", static_cast<double>(made.copied_in.count()) / 1000.0).end_object();
}

void add_stored(JsonWriter& json, const StoredBackup& stored) {
  json.begin_object().member("path", json_name(stored.path));
  BackupManifest manifest = stored.manifest.value_or(BackupManifest());
  manifest.reason = stored.reason;
  manifest.bytes = stored.bytes;
  add_manifest(json, manifest, stored.created_at);
  json.member("state", backup_state_word(stored.state));
  json.member("old_format", manifest.is_old).end_object();
}

void add_pruned(JsonWriter& json, const std::vector<MadeBackup>& all) {
  json.key("pruned").begin_array();
  for (const MadeBackup& made : all) {
    for (const StoredBackup& pruned : made.pruned) {
      json.value(json_name(pruned.path));
    }
  }
  json.end_array();
}

void print_made(App& app, const std::vector<MadeBackup>& all, bool is_dry_run) {
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", "menacedb.backup/1").key("backups").begin_array();
    for (const MadeBackup& made : all) {
      add_made(json, made);
    }
    json.end_array();
    add_pruned(json, all);
    if (is_dry_run) {
      json.member("dry_run", true);
    }
    app.printer().line(json.end_object().text());
    return;
  }
  for (const MadeBackup& made : all) {
    const std::string_view verb = is_dry_run ? "would write " : "";
    app.printer().line(fmt::format("{}{}  {}{}", verb, printable(made.path),
                                   format_bytes(made.manifest.bytes),
                                   made.manifest.is_verified ? ", verified" : ""));
    for (const StoredBackup& pruned : made.pruned) {
      app.printer().line(
          fmt::format("{} {}", is_dry_run ? "would prune" : "pruned", printable(pruned.path)));
    }
  }
}

void print_list(App& app, const std::vector<StoredBackup>& all) {
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", "menacedb.backup/1").key("backups").begin_array();
    for (const StoredBackup& stored : all) {
      add_stored(json, stored);
    }
    app.printer().line(json.end_array().end_object().text());
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const StoredBackup& stored : all) {
    rows.push_back({format_instant(std::chrono::floor<std::chrono::seconds>(stored.created_at)),
                    stored.reason, format_bytes(stored.bytes),
                    std::string(backup_state_word(stored.state)), stored.path});
  }
  app.printer().table({"created", "reason", "size", "state", "path"}, rows);
}

int list(App& app, const Arguments& arguments) {
  std::vector<StoredBackup> all;
  for (const std::string& database : chosen_databases(app, arguments)) {
    const std::string directory = arguments.value("--to").value_or(backup_directory(database));
    for (StoredBackup& stored : list_backups(app.fs(), database, directory)) {
      all.push_back(std::move(stored));
    }
  }
  print_list(app, all);
  return k_exit_done;
}

BackupOptions read_options(const Arguments& arguments) {
  BackupOptions options;
  options.reason = arguments.value("--reason").value_or(options.reason);
  options.directory = arguments.value("--to").value_or("");
  options.is_compressed = arguments.has("--compress");
  options.verifies = !arguments.has("--no-verify");
  options.is_dry_run = arguments.has("--dry-run");
  return options;
}

// Those that were finished are told of, whatever becomes of the others.
int make(App& app, const Arguments& arguments) {
  const Context context = app.context();
  BackupOptions options = read_options(arguments);
  PhaseProgress progress(app);
  options.on_progress = [&](std::string_view what, Bytes done, Bytes total) {
    progress.update(what, done, total);
  };
  const SignalGuard signals(app.stop());
  std::vector<MadeBackup> made;
  int status = k_exit_done;
  for (const std::string& database : chosen_databases(app, arguments)) {
    try {
      made.push_back(back_up(context, database, options));
    } catch (const Error& error) {
      progress.end();
      if (app.stop().is_requested()) {
        app.printer().note("menacedb: interrupted, nothing of it is left behind");
        status = k_exit_signal_base + SignalGuard::caught();
        break;
      }
      app.printer().error(error, app.wants_json(), exit_status(error.kind()));
      status = status == k_exit_done ? exit_status(error.kind()) : status;
    }
  }
  progress.end();
  if (!made.empty()) {
    print_made(app, made, options.is_dry_run);
  }
  app.printer().flush(WhenBroken::fail);
  return status;
}

int run(App& app, const Arguments& arguments) {
  return arguments.has("--list") ? list(app, arguments) : make(app, arguments);
}

} // namespace

const CommandSpec k_backup_command = {
    .name = "backup",
    .summary = "Copy databases while they are in use, and list the copies",
    .usage =
        "[DB...] [--reason TEXT] [--to DIR] [--compress] [--no-verify]\n--list [DB...] [--to DIR]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
