#include "core/engine/cleanup.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/phase_progress.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr OptionSpec k_options[] = {
    {.name = "--all", .help = "everything below (the default)"},
    {.name = "--rows", .help = "rows that are older than their table keeps them"},
    {.name = "--backups", .help = "the oldest backups beyond [retention] backups"},
    {.name = "--dry-run", .help = "say what would be deleted, change nothing"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb cleanup --dry-run", "what there is to clean"},
    {"menacedb cleanup --rows --json", "old rows only"},
};

struct Done {
  std::string_view action;
  CleanupResult result;
};

std::vector<CleanupAction> chosen_actions(const Arguments& arguments) {
  const auto is_named = [&](const CleanupAction& action) {
    return arguments.has(fmt::format("--{}", action.name));
  };
  const auto all = cleanup_actions();
  const bool wants_all = arguments.has("--all") || std::ranges::none_of(all, is_named);
  std::vector<CleanupAction> chosen;
  std::ranges::copy_if(all, std::back_inserter(chosen),
                       [&](const CleanupAction& action) { return wants_all || is_named(action); });
  return chosen;
}

void print(App& app, const std::vector<Done>& all, bool is_dry_run) {
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", "menacedb.cleanup/1").key("actions").begin_array();
    for (const Done& done : all) {
      json.begin_object().member("action", done.action);
      json.member("items", done.result.items).member("bytes", done.result.bytes).end_object();
    }
    json.end_array();
    if (is_dry_run) {
      json.member("dry_run", true);
    }
    app.printer().line(json.end_object().text());
    return;
  }
  for (const Done& done : all) {
    app.printer().line(
        fmt::format("{}: {}{}{}", done.action, is_dry_run ? "would delete " : "deleted ",
                    format_count(done.result.items),
                    done.result.bytes > 0 ? ", " + format_bytes(done.result.bytes) : ""));
  }
}

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  PhaseProgress progress(app);
  CleanupOptions options;
  options.is_dry_run = arguments.has("--dry-run");
  options.on_progress = [&](std::string_view action, std::uint64_t items) {
    progress.update(action, items, 0);
  };
  const SignalGuard signals(app.stop());
  std::vector<Done> all;
  for (const CleanupAction& action : chosen_actions(arguments)) {
    if (!app.stop().is_requested()) {
      all.push_back({action.name, action.run(context, options)});
    }
  }
  progress.end();
  print(app, all, options.is_dry_run);
  app.printer().flush();
  for (const Done& done : all) {
    for (const std::string& text : done.result.notes) {
      app.printer().note("menacedb: note: " + printable(text));
    }
  }
  return app.stop().is_requested() ? k_exit_signal_base + SignalGuard::caught() : k_exit_done;
}

} // namespace

const CommandSpec k_cleanup_command = {
    .name = "cleanup",
    .summary = "Delete what is no longer needed",
    .usage = "[--all] [--rows] [--backups] [--dry-run]",
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
