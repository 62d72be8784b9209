#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/option_values.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/places.hpp"
#include "core/engine/replay/replay.hpp"
#include "core/engine/replay/replay_dir.hpp"
#include "core/engine/replay/replay_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

constexpr OptionSpec k_options[] = {
    {.name = "--list", .help = "show the dead letters by error and table, change nothing"},
    {.name = "--id",
     .argument = "ID",
     .help = "only this entry: its id, its number in the job table, or SEGMENT:OFFSET",
     .is_list = true},
    {.name = "--table", .argument = "T", .help = "only entries of this table", .words = "@tables"},
    {.name = "--error", .argument = "TEXT", .help = "only where the error contains TEXT"},
    {.name = "--limit", .argument = "N", .help = "at most N"},
    {.name = "--discard", .help = "remove the dead letters instead of queueing them again"},
    {.name = "--format", .argument = "F", .help = "jsonl, dir, table or all (default)"},
    {.name = "--archive", .help = "put applied entries of a time range back into their queues"},
    {.name = "--since", .argument = "T", .help = "with --archive: from this time on"},
    {.name = "--until", .argument = "T", .help = "with --archive: before this time"},
    {.name = "--dry-run", .help = "count what would be done, change nothing"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb replay-failed --list", "what failed, by error and table"},
    {"menacedb replay-failed --table bots --error 'no such table'",
     "queue again what a missing table had stopped"},
};

void add_instant(JsonWriter& json, std::string_view name, const std::optional<Instant>& when) {
  json.key(name);
  if (when) {
    json.value(format_instant(*when));
  } else {
    json.null();
  }
}

void print_json(App& app, const ReplayReport& report, bool is_dry_run) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.replay-failed/1");
  json.member("replayed", report.replayed).member("skipped", report.skipped);
  json.member("remaining", report.remaining);
  json.key("groups").begin_array();
  for (const ReplayGroup& group : report.groups) {
    json.begin_object().member("error", group.error).member("table", group.table);
    json.member("count", group.count);
    add_instant(json, "first_at", group.first_at);
    add_instant(json, "last_at", group.last_at);
    json.member("sample", group.sample).end_object();
  }
  json.end_array();
  if (is_dry_run) {
    json.member("dry_run", true);
  }
  app.printer().line(json.end_object().text());
}

void print_groups(Printer& printer, const ReplayReport& report) {
  if (report.groups.empty()) {
    printer.line("no dead letters");
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const ReplayGroup& group : report.groups) {
    rows.push_back({format_count(group.count), group.table, elide(group.error, 60),
                    group.last_at ? format_instant(*group.last_at) : "-", elide(group.sample, 60)});
  }
  printer.table({"count", "table", "error", "last", "sample"}, rows);
}

ReplayOptions read_options(const Arguments& arguments) {
  ReplayOptions options;
  options.ids = arguments.values("--id");
  options.table = arguments.value("--table").value_or("");
  options.error = arguments.value("--error").value_or("");
  if (const auto limit = arguments.value("--limit")) {
    options.limit = parse_count_option("--limit", *limit);
  }
  options.discards = arguments.has("--discard");
  options.is_dry_run = arguments.has("--dry-run");
  return options;
}

ArchiveReplayOptions read_archive_options(const Arguments& arguments, const ReplayOptions& common) {
  const auto since = arguments.value("--since");
  const auto until = arguments.value("--until");
  if (!since || !until) {
    throw Error(ErrorKind::usage, "option-missing",
                "cannot replay the archive without --since and --until")
        .with_hint("menacedb replay-failed --help");
  }
  ArchiveReplayOptions options;
  options.since = parse_instant_option("--since", *since);
  options.until = parse_instant_option("--until", *until);
  options.table = common.table;
  options.limit = common.limit;
  options.is_dry_run = common.is_dry_run;
  return options;
}

// An option that would be passed over in silence is refused.
void require_meaning(const Arguments& arguments) {
  const bool archives = arguments.has("--archive");
  for (const char* const name : {"--list", "--discard", "--id", "--error"}) {
    if (archives && arguments.has(name)) {
      throw Error(ErrorKind::usage, "option-conflict",
                  fmt::format("cannot combine --archive with {}", name));
    }
  }
  for (const char* const name : {"--since", "--until"}) {
    if (!archives && arguments.has(name)) {
      throw Error(ErrorKind::usage, "option-conflict",
                  fmt::format("cannot use {} without --archive", name));
    }
  }
}

// Of several queues: what one took counts for the limit of the next.
class Sum {
public:
  explicit Sum(ReplayOptions& options) : m_options(options) {}

  void add(ReplayReport&& part) {
    std::uint64_t chosen = 0; // replays of the archive tell no groups
    for (ReplayGroup& group : part.groups) {
      chosen += group.count;
      m_report.groups.push_back(std::move(group));
    }
    if (m_options.limit) {
      chosen = std::max(chosen, part.replayed + part.skipped);
      *m_options.limit -= std::min(*m_options.limit, chosen);
    }
    m_report.replayed += part.replayed;
    m_report.skipped += part.skipped;
    m_report.remaining += part.remaining;
  }
  [[nodiscard]] const ReplayReport& report() const noexcept { return m_report; }

private:
  ReplayOptions& m_options;
  ReplayReport m_report;
};

void replay_lines(const Context& context, const Arguments& arguments, ReplayOptions& options,
                  Sum& sum) {
  for (const std::string& directory : context.settings.drain_queue_dirs()) {
    if (arguments.has("--archive")) {
      sum.add(replay_archive(context, directory, read_archive_options(arguments, options)));
    } else if (arguments.has("--list")) {
      sum.add(list_dead_letters(context, directory, options));
    } else {
      sum.add(
          replay_dead_letters(context, directory, shared_database_path(context.settings), options));
    }
  }
}

ReplayReport replay(const Context& context, const Arguments& arguments, ReplayOptions options) {
  const std::string format = arguments.word("--format", "jsonl|dir|table|all").value_or("all");
  const bool lists = arguments.has("--list");
  const auto is_meant = [&](std::string_view name) { return format == "all" || format == name; };
  Sum sum(options);
  if (is_meant("dir") && !arguments.has("--archive")) {
    const std::string& spool = context.settings.text("dir_queue.dir");
    sum.add(lists ? list_dir_failures(context, spool, options)
                  : replay_dir(context, spool, options));
  }
  if (is_meant("table") && !arguments.has("--archive")) {
    const std::string database = job_database_path(context.settings);
    sum.add(lists ? list_table_failures(context, database, options)
                  : replay_table(context, database, options));
  }
  if (is_meant("jsonl")) {
    replay_lines(context, arguments, options, sum);
  }
  return sum.report();
}

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  const ReplayOptions options = read_options(arguments);
  const bool lists = arguments.has("--list");
  require_meaning(arguments);
  if (options.discards && !lists && !options.is_dry_run &&
      !app.confirm("Remove the chosen dead letters for good?")) {
    return 1;
  }
  const ReplayReport report = replay(context, arguments, options);
  if (app.wants_json()) {
    print_json(app, report, options.is_dry_run);
  } else if (lists) {
    print_groups(app.printer(), report);
  } else {
    app.printer().line(fmt::format("{} {}, skipped {}, remaining {}",
                                   options.discards ? "discarded" : "replayed", report.replayed,
                                   report.skipped, report.remaining));
  }
  app.printer().flush();
  if (!lists && report.skipped > 0 && !app.wants_json()) {
    app.printer().note(
        "warning: what cannot be parsed as an entry stays; 'replay-failed --discard' removes it");
    app.printer().note("hint: menacedb replay-failed --list");
  }
  return !lists && report.skipped > 0 ? 1 : 0;
}

} // namespace

const CommandSpec k_replay_failed_command = {
    .name = "replay-failed",
    .summary = "Put dead letters back into their queues",
    .usage = "[--list] [--id ID]... [--table T] [--error TEXT] [--limit N] [--discard]\n"
             "--archive --since T --until T [--table T] [--limit N]",
    .positionals = {},
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
