#include "core/engine/status/status.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/status_flow.hpp"
#include "cli/commands/status_json.hpp"
#include "cli/commands/status_prometheus.hpp"
#include "cli/exit_code.hpp"
#include "cli/option_values.hpp"
#include "cli/screen.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/engine/worker/policy_watch.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace menacedb {
namespace {

constexpr Duration k_shortest_period = std::chrono::milliseconds(20);

constexpr OptionSpec k_options[] = {
    {.name = "--watch",
     .argument = "D",
     .help = "show it again each D (default 2s) until 'q' or an interrupt",
     .is_optional = true},
    {.name = "--stats", .help = "also rates, latencies and counters by format"},
    {.name = "--check", .help = "exit 1 unless health is ok"},
    {.name = "--prometheus", .help = "the numbers as Prometheus reads them"},
    {.name = "--exact", .help = "count all entries, however many there are"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb status", "queues, dead letters, databases and what is wrong with them"},
    {"menacedb status --stats", "how fast entries come and go, and how long they take"},
    {"menacedb status --prometheus", "the numbers for a scrape, or a textfile collector"},
    {"menacedb status --json --check", "the same for a monitor: exit 1 unless all is well"},
};

double to_ms(Duration duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

std::string count_text(std::uint64_t count, bool is_approximate) {
  return (is_approximate ? "about " : "") + format_count(count);
}

void print_counts(Printer& printer, const StatusReport& report) {
  const QueueState& total = report.total;
  printer.line(printer.bold("Queue Depths:"));
  printer.line(fmt::format("  Pending:    {}", count_text(total.pending, total.is_approximate)));
  printer.line(fmt::format("  Processing: {}", format_count(total.processing)));
  printer.line(fmt::format("  Completed:  {}", format_count(total.completed)));
  printer.line(fmt::format("  Failed:     {}", format_count(total.failed)));
  if (total.oldest) {
    printer.line(fmt::format("  Oldest:     {:.1f} s", to_ms(*total.oldest) / 1000.0));
  }
  printer.line("");
}

void print_queues(Printer& printer, const StatusReport& report) {
  if (report.queues.empty()) {
    return;
  }
  printer.line(printer.bold("Queues:"));
  std::vector<std::vector<std::string>> rows;
  for (const QueueState& queue : report.queues) {
    rows.push_back({"  " + queue.name, queue.format,
                    count_text(queue.pending, queue.is_approximate), format_count(queue.failed)});
  }
  printer.table({"  queue", "format", "pending", "failed"}, rows);
  printer.line("");
}

void print_databases(Printer& printer, const StatusReport& report) {
  printer.line(fmt::format("Connections: {}", format_count(report.connections)));
  printer.line("");
  printer.line(printer.bold("Databases:"));
  std::vector<std::vector<std::string>> rows;
  for (const DatabaseState& database : report.databases) {
    const std::string_view state =
        !database.exists ? "not created" : (database.is_ok ? "ok" : "not ok");
    rows.push_back({"  " + database.name, std::string(state), format_bytes(database.size),
                    format_bytes(database.wal_size), database.path});
  }
  printer.table({"  name", "state", "size", "wal", "path"}, rows);
}

std::string upkeep_text(const UpkeepRecord& record) {
  return fmt::format("  {}: {}{} ({})", printable(record.task), record.is_ok ? "" : "failed: ",
                     record.text.empty() ? "nothing to do" : printable(record.text),
                     format_instant(record.ended_at));
}

std::string worker_text(const StatusReport& report) {
  if (!report.worker) {
    return "Not running";
  }
  return report.worker->pid == 0 ? "Running (in another container)"
                                 : fmt::format("Running (PID: {})", report.worker->pid);
}

std::string success_text(const StatusReport& report) {
  const std::optional<double> rate = success_rate(report);
  return rate ? fmt::format("{:.0f}%", *rate * 100.0) : "-";
}

void print_log_end(App& app, const StatusReport& report) {
  if (report.log.empty()) {
    return;
  }
  app.printer().line("");
  app.printer().line(app.printer().bold("Recent Log:"));
  for (const std::string& line : report.log) {
    app.printer().line("  " + printable(line));
  }
}

void print_text(App& app, const StatusReport& report) {
  Printer& printer = app.printer();
  printer.line(printer.bold("Queue System Status"));
  printer.line(fmt::format("Time: {}", format_instant(report.taken_at)));
  printer.line("");
  printer.line(fmt::format("Status: {}", report.is_available ? "Available" : "Not available"));
  printer.line(fmt::format("Health: {}", report.health));
  printer.line("");
  print_counts(printer, report);
  print_queues(printer, report);
  printer.line(printer.bold("Worker:"));
  printer.line(fmt::format("  Status: {}", worker_text(report)));
  for (const UpkeepRecord& record : report.upkeep) {
    printer.line(upkeep_text(record));
  }
  printer.line("");
  printer.line(printer.bold("Statistics:"));
  for (const auto& [name, count] : report.stats) {
    printer.line(fmt::format("  {:<11} {}", name + ":", format_count(count)));
  }
  printer.line(fmt::format("  Success Rate: {}", success_text(report)));
  printer.line("");
  print_flow(printer, report);
  print_databases(printer, report);
  if (!report.problems.empty()) {
    printer.line("");
    printer.line(printer.bold("Problems:"));
    for (const Problem& problem : report.problems) {
      printer.line(fmt::format("  {}", printable(problem.message)));
      printer.line(fmt::format("    {}", printable(problem.hint)));
    }
  }
  print_log_end(app, report);
}

enum class Form { text, json, prometheus };

Form form_of(const App& app, const Arguments& arguments) {
  if (!arguments.has("--prometheus")) {
    return app.wants_json() ? Form::json : Form::text;
  }
  for (const auto& [option, is_given] :
       {std::pair("--json", app.wants_json()), std::pair("--watch", arguments.has("--watch"))}) {
    if (is_given) {
      throw Error(
          ErrorKind::usage, "option-conflict",
          fmt::format("cannot combine --prometheus with {}: it is a format of its own", option))
          .with_hint("menacedb status --help");
    }
  }
  return Form::prometheus;
}

void print(App& app, const StatusReport& report, Form form) {
  switch (form) {
  case Form::text:
    print_text(app, report);
    break;
  case Form::json:
    app.printer().line(to_status_json(report));
    break;
  case Form::prometheus:
    app.printer().line(to_prometheus(report));
    break;
  }
}

// Settings are read again each time: a page that is looked at for days shows what is in force.
StatusReport look(App& app, const StatusOptions& options, PolicyWatch& policy) {
  const Settings settings = policy.load([&](FileSet& files) {
    Settings loaded = Settings::load(app.fs(), app.config_sources());
    add_policy_files(files, loaded);
    if (const std::string& hooks = loaded.text("lua.hooks"); !hooks.empty()) {
      files.files.insert({hooks, join_path(hooks, "init.lua")});
    }
    return loaded;
  });
  return read_status({app.fs(), app.clock(), app.log(), app.stop(), settings}, options);
}

// Until the period is over, or the policy has changed; `sleep(Duration)` may come back early, and
// says when that is the end as well.
template <typename Sleep>
void wait_for_page(App& app, PolicyWatch& policy, Duration period, Sleep&& sleep) {
  const Duration end = app.clock().monotonic() + period;
  for (Duration left = period; left > Duration::zero(); left = end - app.clock().monotonic()) {
    const std::optional<Duration> due = policy.due();
    if (due == Duration::zero() || sleep(std::min(left, due.value_or(left)))) {
      return;
    }
  }
}

int watch_on_screen(App& app, const StatusOptions& options, Duration period) {
  PolicyWatch policy(app.fs(), app.clock());
  Screen screen;
  bool quits = false;
  while (!quits && !app.stop().is_requested()) {
    print(app, look(app, options, policy), Form::text);
    screen.draw(app.printer().take_pending());
    wait_for_page(app, policy, period, [&](Duration most) {
      quits = screen.wait_for_quit(most, app.stop(), policy.watcher().descriptor());
      return quits || screen.is_resized() || app.stop().is_requested();
    });
  }
  return k_exit_done;
}

// Until it is interrupted, which is how it is meant to end.
int watch(App& app, const StatusOptions& options, Form form, Duration period) {
  const SignalGuard signals(app.stop());
  if (form == Form::text && app.printer().is_terminal()) {
    return watch_on_screen(app, options, period);
  }
  PolicyWatch policy(app.fs(), app.clock());
  while (!app.stop().is_requested() && !app.printer().is_broken()) {
    print(app, look(app, options, policy), form);
    if (form == Form::text) {
      app.printer().line("");
    }
    app.printer().flush();
    wait_for_page(app, policy, period, [&](Duration most) {
      Watcher* const watcher = &policy.watcher();
      (void)Watcher::wait_any({&watcher, 1}, most, app.stop());
      return app.stop().is_requested();
    });
  }
  return k_exit_done;
}

int run(App& app, const Arguments& arguments) {
  StatusOptions options;
  if (arguments.has("--exact")) {
    options.count_bytes = std::numeric_limits<Bytes>::max();
  }
  const Form form = form_of(app, arguments);
  options.with_flow = arguments.has("--stats") || form == Form::prometheus;
  if (arguments.has("--watch")) {
    const Duration period =
        parse_duration_option("--watch", arguments.value("--watch").value_or("2s"));
    return watch(app, options, form, std::max(period, k_shortest_period));
  }
  const Context context{app.fs(), app.clock(), app.log(), app.stop(), app.unchecked_settings()};
  const StatusReport report = read_status(context, options);
  print(app, report, form);
  app.printer().flush();
  return arguments.has("--check") && report.health != "ok" ? 1 : 0;
}

} // namespace

const CommandSpec k_status_command = {
    .name = "status",
    .summary = "Show queues, dead letters, databases and problems",
    .usage = "[--watch[=D]] [--stats] [--check] [--exact] [--prometheus]",
    .positionals = {},
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
