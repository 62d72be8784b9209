#include "core/engine/cleanup/cleanup.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/option_values.hpp"
#include "cli/phase_progress.hpp"
#include "core/base/error.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/retention.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace menacedb {
namespace {

constexpr std::uint64_t k_most_hours = 1'000'000;

constexpr OptionSpec k_options[] = {
    {.name = "--all", .help = "everything below (the default)"},
    {.name = "--archive", .help = "applied entries of the directory queue, to archive/<date>/"},
    {.name = "--purge-archive", .help = "archived entries of all queues"},
    {.name = "--purge-failed", .help = "dead letters and entries that failed long ago"},
    {.name = "--recover", .help = "entries that a dead drain had claimed, back to pending/"},
    {.name = "--audit", .help = "rotated audit logs"},
    {.name = "--rotate", .help = "the worker's log and queue.log.bak"},
    {.name = "--rotate-logs", .help = "the same as --rotate"},
    {.name = "--temp", .help = "files that were being written by processes that died"},
    {.name = "--clean-tmp", .help = "the same as --temp"},
    {.name = "--rows", .help = "rows that are older than their table keeps them"},
    {.name = "--jobs", .help = "jobs that completed or were cancelled"},
    {.name = "--idle-segments", .help = "queue files that nobody uses"},
    {.name = "--backups", .help = "the oldest backups beyond [retention] backups"},
    {.name = "--hours",
     .argument = "N",
     .help = "archive what was applied N hours ago, purge what failed 7 x N hours ago"},
    {.name = "--dry-run", .help = "say what would be done and to which files, change nothing"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb cleanup --dry-run", "what there is to clean"},
    {"menacedb cleanup --archive --hours 1", "applied entries out of the way"},
};

struct Done {
  const CleanupAction* action;
  CleanupResult result;
};

std::vector<const CleanupAction*> chosen_actions(const Arguments& arguments) {
  const auto is_named = [&](const CleanupAction& action) {
    return arguments.has(fmt::format("--{}", action.name)) ||
           (!action.old_name.empty() && arguments.has(fmt::format("--{}", action.old_name)));
  };
  const auto all = cleanup_actions();
  const bool wants_all = arguments.has("--all") || std::ranges::none_of(all, is_named);
  std::vector<const CleanupAction*> chosen;
  for (const CleanupAction& action : all) {
    if (wants_all || is_named(action)) {
      chosen.push_back(&action);
    }
  }
  return chosen;
}

std::optional<Duration> chosen_age(const Arguments& arguments) {
  const auto text = arguments.value("--hours");
  if (!text) {
    return std::nullopt;
  }
  const std::uint64_t hours = parse_count_option("--hours", *text);
  if (hours > k_most_hours) {
    throw Error(
        ErrorKind::usage, "bad-value",
        fmt::format("cannot use '{}' for --hours: it is a number up to {}", hours, k_most_hours));
  }
  return std::chrono::hours(hours);
}

void print_json(App& app, const std::vector<Done>& all, bool is_dry_run) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.cleanup/1").key("actions").begin_array();
  for (const Done& done : all) {
    json.begin_object().member("action", done.action->name);
    json.member("items", done.result.items).member("bytes", done.result.bytes).end_object();
  }
  json.end_array();
  if (is_dry_run) {
    json.member("dry_run", true);
  }
  app.printer().line(json.end_object().text());
}

void print_text(App& app, const std::vector<Done>& all, bool is_dry_run) {
  for (const Done& done : all) {
    app.printer().line(fmt::format(
        "{}: {}{} {}{}", done.action->name, is_dry_run ? "would " : "",
        is_dry_run ? done.action->verb : done.action->past, format_count(done.result.items),
        done.result.bytes > 0 ? ", " + format_bytes(done.result.bytes) : ""));
    for (const std::string& file : done.result.files) {
      app.printer().line("  " + printable(file));
    }
  }
}

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  PhaseProgress progress(app);
  CleanupOptions options;
  options.is_dry_run = arguments.has("--dry-run");
  options.lists_files = options.is_dry_run && !app.wants_json();
  options.age = chosen_age(arguments);
  const std::unique_ptr<Hooks> hooks = make_hooks(context);
  options.hooks = hooks.get();
  options.on_progress = [&](std::string_view action, std::uint64_t items) {
    progress.update(action, items, 0);
  };
  const SignalGuard signals(app.stop());
  std::vector<Done> all;
  for (const CleanupAction* action : chosen_actions(arguments)) {
    if (!app.stop().is_requested()) {
      all.push_back({action, action->run(context, options)});
    }
  }
  progress.end();
  app.wants_json() ? print_json(app, all, options.is_dry_run)
                   : print_text(app, all, options.is_dry_run);
  app.printer().flush();
  for (const Done& done : all) {
    for (const std::string& text : done.result.notes) {
      app.printer().note("menacedb: note: " + printable(text));
    }
  }
  if (const auto reason = why_retain_fails(hooks.get())) {
    app.printer().note("menacedb: warning: " + printable(*reason) + "\nhint: menacedb hook test");
  }
  return app.stop().is_requested() ? k_exit_signal_base + SignalGuard::caught() : k_exit_done;
}

} // namespace

const CommandSpec k_cleanup_command = {
    .name = "cleanup",
    .summary = "Delete what is no longer needed",
    .usage = "[--all] [--archive] [--purge-archive] [--purge-failed] [--audit] [--recover] "
             "[--rotate|--rotate-logs]"
             " [--temp|--clean-tmp] [--rows] [--jobs] [--idle-segments] [--backups] [--hours N] "
             "[--dry-run]",
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
