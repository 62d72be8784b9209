#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_parts.hpp"
#include "cli/option_values.hpp"
#include "core/base/text.hpp"
#include "core/engine/care/checkpoints.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "DB",
     .help = "shared, local, sql or a path; none: all configured databases",
     .is_required = false,
     .is_list = true},
};

constexpr OptionSpec k_options[] = {
    {.name = "--mode",
     .argument = "MODE",
     .help = "passive, full, restart or truncate (default)",
     .words = "passive full restart truncate"},
    {.name = "--timeout", .argument = "D", .help = "wait this long for whoever is in the way"},
    {.name = "--dry-run", .help = "say how large the WAL is and who is in the way, change nothing"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb checkpoint", "carry the WAL over into the database and empty it"},
    {"menacedb checkpoint shared --mode passive --timeout 1s --json",
     "carry over what no reader needs, without waiting long"},
};

constexpr int k_exit_busy = exit_status(ErrorKind::busy);

struct Request {
  CheckpointRequest checkpoint;
  std::string mode;
};

Request read_request(const Arguments& arguments) {
  Request request;
  request.mode = arguments.word("--mode", "passive|full|restart|truncate").value_or("truncate");
  const auto mode_of = [](std::string_view word) {
    if (word == "passive") {
      return CheckpointMode::passive;
    }
    if (word == "full") {
      return CheckpointMode::full;
    }
    return word == "restart" ? CheckpointMode::restart : CheckpointMode::truncate;
  };
  request.checkpoint.mode = mode_of(request.mode);
  if (const auto timeout = arguments.value("--timeout")) {
    request.checkpoint.timeout = parse_duration_option("--timeout", *timeout);
  }
  request.checkpoint.is_rehearsal = arguments.has("--dry-run");
  return request;
}

void add_report(JsonWriter& json, const CheckpointReport& report, const std::string& mode) {
  const CheckpointResult& result = report.result;
  json.begin_object().member("path", json_name(report.path)).member("mode", mode);
  json.member("journal_mode", report.journal_mode);
  json.member("wal_before_bytes", result.wal_before).member("wal_after_bytes", result.wal_after);
  json.member("frames", result.frames).member("checkpointed", result.checkpointed);
  json.member("blocked", result.is_blocked).key("blocked_by").begin_array();
  for (const CheckpointReport::Blocker& blocker : report.blocked_by) {
    json.begin_object();
    add_process(json, blocker.pid, blocker.command);
    json.member("detail", blocker.detail).end_object();
  }
  json.end_array().end_object();
}

void print_json(App& app, const std::vector<CheckpointReport>& reports, const Request& request) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.checkpoint/1").key("databases").begin_array();
  for (const CheckpointReport& report : reports) {
    add_report(json, report, request.mode);
  }
  json.end_array();
  if (request.checkpoint.is_rehearsal) {
    json.member("dry_run", true);
  }
  app.printer().line(json.end_object().text());
}

std::string line_of(const CheckpointReport& report, const Request& request) {
  const std::string path = printable(report.path);
  if (report.journal_mode != "wal") {
    return fmt::format("{}: not in WAL mode ({}), nothing to do", path, report.journal_mode);
  }
  const CheckpointResult& result = report.result;
  if (request.checkpoint.is_rehearsal) {
    return fmt::format("{}: WAL {}, at most {} frames", path, format_bytes(result.wal_before),
                       format_count(static_cast<std::uint64_t>(result.frames)));
  }
  return fmt::format("{}: WAL {} -> {}, {} of {} frames carried over{}", path,
                     format_bytes(result.wal_before), format_bytes(result.wal_after),
                     format_count(static_cast<std::uint64_t>(result.checkpointed)),
                     format_count(static_cast<std::uint64_t>(result.frames)),
                     result.is_blocked ? ", blocked" : "");
}

void print_text(App& app, const std::vector<CheckpointReport>& reports, const Request& request) {
  for (const CheckpointReport& report : reports) {
    app.printer().line(line_of(report, request));
    for (const CheckpointReport::Blocker& blocker : report.blocked_by) {
      app.printer().line(fmt::format(
          "  in the way: pid {}, '{}', {}", blocker.pid > 0 ? std::to_string(blocker.pid) : "?",
          blocker.command.empty() ? "?" : blocker.command, blocker.detail));
    }
  }
  app.printer().flush();
  for (const CheckpointReport& report : reports) {
    if (!report.reason.empty()) {
      app.printer().note(fmt::format("warning: {}", printable(report.reason)));
    }
  }
}

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  const Request request = read_request(arguments);
  const SignalGuard signals(app.stop());
  std::vector<CheckpointReport> reports;
  for (const NamedDatabase& database :
       databases_named(context.fs, context.settings, arguments.values("DB"))) {
    if (!app.stop().is_requested()) {
      reports.push_back(checkpoint_database(context, database.path, request.checkpoint));
    }
  }
  if (app.wants_json()) {
    print_json(app, reports, request);
  } else {
    print_text(app, reports, request);
  }
  if (app.stop().is_requested()) {
    return k_exit_signal_base + SignalGuard::caught();
  }
  const bool is_blocked =
      std::any_of(reports.begin(), reports.end(),
                  [](const CheckpointReport& report) { return report.result.is_blocked; });
  return is_blocked ? k_exit_busy : k_exit_done;
}

} // namespace

const CommandSpec k_checkpoint_command = {
    .name = "checkpoint",
    .summary = "Carry the WAL over into the database",
    .usage = "[DB...] [--mode passive|full|restart|truncate] [--timeout D] [--dry-run]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
