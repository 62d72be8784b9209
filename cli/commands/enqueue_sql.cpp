#include "cli/commands/enqueue_sql.hpp"

#include "cli/app.hpp"
#include "cli/option_values.hpp"
#include "cli/worker_start.hpp"
#include "core/base/json.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/engine/enqueue/enqueue_sql.hpp"
#include "core/engine/enqueue/outcome_wait.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

// An option that would be passed over in silence is refused.
void require_meaning(const Arguments& arguments) {
  if (arguments.positional("TABLE")) {
    throw Error(ErrorKind::usage, "option-conflict",
                "cannot combine --sql with a table: the SQL names its tables")
        .with_hint("menacedb enqueue --help");
  }
  for (const char* const name : {"--set", "--stdin", "--op", "--key-fields", "--hash-fields"}) {
    if (arguments.has(name)) {
      throw Error(ErrorKind::usage, "option-conflict",
                  fmt::format("cannot combine --sql with {}: that is for rows", name))
          .with_hint("menacedb enqueue --help");
    }
  }
}

// A value is JSON when it parses as such, else text.
std::string params_from(const std::vector<std::string>& values) {
  if (values.empty()) {
    return {};
  }
  JsonWriter json;
  json.begin_array();
  for (const std::string& value : values) {
    JsonTape tape;
    if (const auto parsed = tape.parse(value, 0); !value.empty() && !parsed.fault) {
      json.raw(tape.at(parsed.root).raw);
    } else {
      json.value(std::string_view(value));
    }
  }
  return json.end_array().take();
}

std::string metadata_from(const std::string& text) {
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(text, 1);
  if (parsed.fault || tape.at(parsed.root).type != JsonType::object) {
    throw Error(ErrorKind::bad_input, parsed.fault ? parsed.fault->code : "not-an-object",
                fmt::format("cannot use the metadata: {}",
                            parsed.fault ? parsed.fault->message : "it is not a JSON object"));
  }
  std::string line(trim(text));
  std::replace(line.begin(), line.end(), '\n', ' '); // between tokens: texts have none
  return line;
}

SqlEnqueueOptions read_options(const Arguments& arguments) {
  SqlEnqueueOptions options;
  options.params = params_from(arguments.values("--param"));
  options.operation = arguments.value("--operation").value_or(options.operation);
  if (const auto metadata = arguments.value("--metadata")) {
    options.metadata = metadata_from(*metadata);
  }
  options.key = arguments.value("--key").value_or("");
  options.db = arguments.value("--db").value_or("");
  if (const auto priority = arguments.value("--priority")) {
    options.priority = parse_priority_option(*priority);
  }
  if (const auto delay = arguments.value("--delay")) {
    options.delay = parse_duration_option("--delay", *delay);
  }
  const auto format = arguments.word("--format", "jsonl|dir|table");
  options.to_rows = format == "jsonl";
  options.to_table = format == "table";
  options.durable = arguments.has("--durable");
  options.direct = arguments.has("--direct");
  options.keeps_outcome = arguments.has("--wait");
  options.dry_run = arguments.has("--dry-run");
  return options;
}

void print_enqueued(App& app, const Enqueued& entry, const SqlEnqueueOptions& options) {
  Printer& printer = app.printer();
  if (!entry.note.empty()) {
    printer.note(fmt::format("warning: {}", printable(entry.note)));
  }
  if (!app.wants_json()) {
    printer.line(entry.id);
    printer.flush(WhenBroken::fail);
    return;
  }
  JsonWriter json;
  json.begin_object().member("schema", "menacedb.enqueue/1").member("id", entry.id);
  json.key("table").null();
  if (!entry.key.empty()) {
    json.member("key", entry.key);
  }
  json.member("operation", options.operation);
  json.member("queue", entry.queue).member("file", entry.file);
  json.member("priority", entry.priority).member("durable", options.durable);
  json.member("direct", entry.is_direct);
  if (entry.is_direct) {
    json.member("duplicate", entry.is_duplicate);
  }
  if (options.dry_run) {
    json.member("dry_run", true);
  }
  printer.line(json.end_object().text());
  printer.flush(WhenBroken::fail);
}

void await_outcome(const Context& context, const Enqueued& entry, Duration patience) {
  const bool is_file = !entry.sequence.empty();
  const bool is_row = entry.job != 0;
  AwaitedEntry awaited_entry{.database = is_row    ? job_database_path(context.settings)
                                         : is_file ? dir_home_path(context.settings)
                                                   : shared_database_path(context.settings),
                             .table = {},
                             .key = entry.key,
                             .id = entry.id,
                             .spool = entry.queue,
                             .sequence = entry.sequence,
                             .job = entry.job};
  const Awaited awaited = wait_for_outcome(context, awaited_entry, patience);
  if (!awaited.is_applied) {
    throw Error(
        ErrorKind::bad_input, awaited.fault.code,
        fmt::format("cannot apply entry {}: {}", entry.id, printable(awaited.fault.message)))
        .with_hint("menacedb replay-failed --list");
  }
}

} // namespace

int enqueue_sql(App& app, const Arguments& arguments) {
  require_meaning(arguments);
  const SqlEnqueueOptions options = read_options(arguments);
  const Duration patience =
      parse_duration_option("--wait", arguments.value("--wait").value_or("30s"));
  const Context context = app.context();
  const Enqueued entry =
      SqlEnqueuer(context, options).enqueue(arguments.value("--sql").value_or(""));
  print_enqueued(app, entry, options);
  if (!entry.is_direct && !options.dry_run) {
    ensure_worker(app, arguments, WorkerSpool::Format::dir);
  }
  if (arguments.has("--wait") && !options.dry_run && !entry.is_direct) {
    await_outcome(context, entry, patience);
  }
  return 0;
}

} // namespace menacedb
