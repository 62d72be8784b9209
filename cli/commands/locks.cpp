#include "core/engine/care/locks.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_parts.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "DB",
     .help = "shared, local, sql or a path; none: all configured databases, and the spools",
     .is_required = false,
     .is_list = true},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb locks", "who holds or waits for a lock of the configured databases"},
    {"menacedb locks shared --json", "the same of the shared one, for a program"},
};

void add_lock(JsonWriter& json, const LockReport::Lock& lock) {
  json.begin_object().member("database", json_name(lock.database)).member("kind", lock.kind);
  add_process(json, lock.pid, lock.command);
  add_time(json.key("since_at"), lock.since);
  add_time(json.key("process_started_at"), lock.process_started);
  json.member("waiting", lock.is_waiting).member("detail", json_name(lock.detail)).end_object();
}

std::string to_json(const LockReport& report) {
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.locks/1").key("locks").begin_array();
  for (const LockReport::Lock& lock : report.locks) {
    add_lock(json, lock);
  }
  json.end_array().key("connections").begin_array();
  for (const LockReport::Connections& connections : report.connections) {
    json.begin_object().member("database", json_name(connections.database));
    json.member("processes", connections.processes);
    json.member("connections", connections.connections).end_object();
  }
  json.end_array().member("unseen_processes", report.unseen_processes);
  return json.end_object().take();
}

std::string since_text(const LockReport::Lock& lock) {
  if (lock.since) {
    return format_instant(*lock.since);
  }
  return "-";
}

void print_text(App& app, const LockReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const LockReport::Lock& lock : report.locks) {
    rows.push_back({lock.database, lock.kind, lock.is_waiting ? "waits" : "holds",
                    lock.pid == 0 ? "?" : std::to_string(lock.pid), since_text(lock), lock.detail,
                    lock.command.empty() ? "?" : lock.command});
  }
  if (!rows.empty()) {
    app.printer().table({"database", "kind", "state", "pid", "since", "detail", "command"}, rows);
  } else if (!app.is_quiet()) {
    app.printer().note("no locks");
  }
  if (report.unseen_processes > 0 && !app.is_quiet()) {
    app.printer().note(fmt::format(
        "menacedb: note: {} processes of other users do not show their open files: their locks are "
        "listed as far as the kernel tells, their idle connections are not counted",
        report.unseen_processes));
  }
}

int run(App& app, const Arguments& arguments) {
  const Context context = app.context();
  const std::vector<std::string> words = arguments.values("DB");
  const LockReport report =
      read_locks(context, {.databases = databases_named(context.fs, context.settings, words),
                           .includes_spools = words.empty()});
  if (app.wants_json()) {
    app.printer().line(to_json(report));
  } else {
    print_text(app, report);
  }
  return k_exit_done;
}

} // namespace

const CommandSpec k_locks_command = {
    .name = "locks",
    .summary = "Show who holds or waits for a lock",
    .usage = "[DB...]",
    .positionals = k_positionals,
    .options = {},
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
