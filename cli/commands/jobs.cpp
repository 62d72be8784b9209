#include "cli/commands/jobs.hpp"

#include "cli/commands/commands.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "ACTION",
     .help = "add, list, show, work, retry, cancel, stuck, purge or stats",
     .words = "add list show work retry cancel stuck purge stats"},
    {.name = "ARGUMENT",
     .help = "add: the type, and the payload as JSON, '-' for standard input, '@FILE' for a file; "
             "show, retry, cancel: numbers of jobs",
     .is_required = false,
     .is_list = true},
};

constexpr OptionSpec k_options[] = {
    {.name = "--db",
     .argument = "PATH",
     .help = "the database of the job table (default: [jobs] database, else the shared one)"},
    {.name = "--priority", .argument = "N", .help = "add: 1 (first) to 10 (last), default 5"},
    {.name = "--delay", .argument = "D", .help = "add: not before this long from now, as in 10m"},
    {.name = "--max-attempts",
     .argument = "N",
     .help = "add: the job fails for good with this attempt"},
    {.name = "--unique",
     .argument = "KEY",
     .help = "add: nothing, while a job of this type with this key is pending"},
    {.name = "--stdin", .help = "add: a job for each line, which is its payload"},
    {.name = "--durable", .help = "add: answer when the job survives a power cut"},
    {.name = "--status",
     .argument = "S",
     .help = "list: only jobs with this status",
     .words = "pending running completed failed cancelled"},
    {.name = "--type", .argument = "T", .help = "list, work: only jobs of this type"},
    {.name = "--once", .help = "work: run what is due, then end"},
    {.name = "--workers",
     .argument = "N",
     .help = "work: programs at the same time (default: [jobs] workers)"},
    {.name = "--handler",
     .argument = "TYPE=COMMAND",
     .help = "work: run jobs of this type by this shell command",
     .is_list = true},
    {.name = "--limit", .argument = "N", .help = "list: at most N jobs (default 100)"},
    {.name = "--all-failed", .help = "retry: every failed job"},
    {.name = "--older-than",
     .argument = "D",
     .help = "stuck: running for longer (default 5m); purge: over for longer (default 7d)"},
    {.name = "--requeue", .help = "stuck: put them back to be run again"},
    {.name = "--dry-run", .help = "say what would be done, change nothing"},
};

constexpr ExampleSpec k_examples[] = {
    {R"(menacedb jobs add PingPeer '{"peer": "n7"}' --delay 10m)", "a job for later"},
    {"menacedb jobs list --status pending --limit 10", "what waits"},
    {"menacedb jobs retry --all-failed", "another chance for all that failed"},
};

struct Action {
  std::string_view name;
  int (*run)(App& app, const Arguments& arguments);
  std::string_view options; // that mean something to it, beside --db
};

constexpr std::array k_actions{
    Action{"add", jobs_add,
           "--priority,--delay,--max-attempts,--unique,--stdin,--durable,--dry-run"},
    Action{"list", jobs_list, "--status,--type,--limit"},
    Action{"show", jobs_show, ""},
    Action{"work", jobs_work, "--once,--workers,--type,--handler"},
    Action{"retry", jobs_retry, "--all-failed,--dry-run"},
    Action{"cancel", jobs_cancel, "--dry-run"},
    Action{"stuck", jobs_stuck, "--older-than,--requeue,--dry-run"},
    Action{"purge", jobs_purge, "--older-than,--dry-run"},
    Action{"stats", jobs_stats, ""},
};

Error unknown_action(const std::string& word) {
  std::vector<std::string_view> names;
  for (const Action& action : k_actions) {
    names.push_back(action.name);
  }
  Error error(ErrorKind::usage, "unknown-action",
              fmt::format("cannot do '{}' to jobs: there is no such action", printable(word)));
  const std::optional<std::string> near = nearest(word, names);
  return std::move(error).with_hint(near ? fmt::format("did you mean 'jobs {}'?", *near)
                                         : "menacedb jobs --help");
}

// An option that would be passed over in silence is refused.
void require_meaning(const Action& action, const Arguments& arguments) {
  const std::vector<std::string> known = split_list(action.options);
  for (const OptionSpec& option : k_options) {
    const bool is_known =
        option.name == "--db" || std::ranges::find(known, option.name) != known.end();
    if (!is_known && arguments.has(option.name)) {
      throw Error(ErrorKind::usage, "option-conflict",
                  fmt::format("cannot use {} with jobs {}", option.name, action.name))
          .with_hint("menacedb jobs --help");
    }
  }
}

int run(App& app, const Arguments& arguments) {
  const std::string word = arguments.positional("ACTION").value_or("");
  const auto action = std::ranges::find(k_actions, word, &Action::name);
  if (action == k_actions.end()) {
    throw unknown_action(word);
  }
  require_meaning(*action, arguments);
  return action->run(app, arguments);
}

} // namespace

const CommandSpec k_jobs_command = {
    .name = "jobs",
    .summary = "Add, list and look after jobs",
    .usage = "add TYPE [JSON | - | @FILE | --stdin] [--priority N] [--delay D] [--max-attempts N]"
             " [--unique KEY]\n"
             "list [--status S] [--type T] [--limit N]\n"
             "show ID\n"
             "work [--once] [--workers N] [--type T] [--handler TYPE=COMMAND]...\n"
             "retry (ID... | --all-failed)\n"
             "cancel ID...\n"
             "stuck [--older-than D] [--requeue]\n"
             "purge [--older-than D]\n"
             "stats",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
