#include "core/engine/enqueue/enqueue.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/enqueue_job.hpp"
#include "cli/commands/enqueue_sql.hpp"
#include "cli/line_input.hpp"
#include "cli/option_values.hpp"
#include "cli/text_input.hpp"
#include "cli/worker_start.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/engine/enqueue/outcome_wait.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace menacedb {
namespace {

constexpr std::size_t k_most_errors = 1000; // listed; all of them are counted

constexpr PositionalSpec k_positionals[] = {
    {"TABLE", "the table the row goes to; with --stdin it may be left out", false, false,
     "@tables"},
    {"JSON", "the row as a JSON object, '-' for standard input, '@FILE' for a file", false, false},
};

constexpr OptionSpec k_options[] = {
    {"--set", "K=V", "a column of the row; V is JSON when it parses as such, else text", true},
    {"--sql", "SQL", "queue SQL statements instead of a row"},
    {"--job", "TYPE", "queue a job of this type; the one argument is its payload (default: {})"},
    {"--unique", "KEY", "with --job: nothing, while a job of this type with this key is pending"},
    {"--max-attempts", "N", "with --job: it fails for good with this attempt"},
    {"--param", "V",
     "a parameter of the SQL, in order; V is JSON when it parses as such, else text", true},
    {"--operation", "NAME", "what the SQL write is called (default: generic)"},
    {"--db", "NAME", "the database of the SQL: shared, local or the path of [dir_queue] database"},
    {"--format", "F", "queue it as jsonl (default for rows), dir (default for SQL) or table"},
    {"--stdin", "", "read one row a line (without TABLE: one whole entry a line)"},
    {.name = "--op",
     .argument = "OP",
     .help = "insert (default), upsert, update or delete",
     .words = "insert upsert update delete"},
    {"--key-fields", "A,B", "columns that find the row (default: the primary key)"},
    {"--hash-fields", "A,B", "columns of the content hash (default: all)"},
    {"--priority", "N", "1 (first) to 10 (last), default 5"},
    {"--key", "KEY", "apply entries with this key only once"},
    {"--metadata", "JSON", "kept with the entry"},
    {"--delay", "D", "not before this long from now, as in 10m"},
    {"--durable", "", "answer when the entry survives a power cut"},
    {"--wait", "D", "wait until the entry is applied, at most D (default 30s)", false, true},
    {"--direct", "", "write to the database at once, past the queue"},
    {"--ensure-worker", "", "start the worker when none runs"},
    {"--dry-run", "", "check and route the row, write nothing"},
};

constexpr ExampleSpec k_examples[] = {
    {R"(menacedb enqueue bots '{"name": "scout", "speed": 7}')", "queue a row"},
    {"menacedb enqueue bots --set name=scout --set speed=7 --priority 2 --durable",
     "the same from shell variables, first in line and safe from a power cut"},
    {"printf '{\"name\":\"a\"}\\n{\"name\":\"b\"}\\n' | menacedb enqueue bots --stdin",
     "queue a stream of rows"},
    {R"(menacedb enqueue --sql 'UPDATE bots SET seen = ? WHERE name = ?' --param 7 --param scout)",
     "queue an SQL write"},
};

void require_json(const std::string& text, std::string_view what) {
  JsonTape tape;
  if (const JsonTape::Parsed parsed = tape.parse(text, 1); parsed.fault) {
    throw Error(ErrorKind::bad_input, parsed.fault->code,
                fmt::format("cannot use {}: {}", what, parsed.fault->message));
  }
}

EnqueueOptions read_options(const Arguments& arguments) {
  EnqueueOptions options;
  options.table = arguments.positional("TABLE").value_or("");
  if (const auto op = arguments.value("--op")) {
    const std::optional<Op> parsed = parse_op(*op);
    if (!parsed) {
      throw Error(ErrorKind::usage, "unknown-op",
                  fmt::format("cannot use operation '{}': it is insert, upsert, update or delete",
                              printable(*op)));
    }
    options.op = *parsed;
  }
  options.key_fields = split_list(arguments.value("--key-fields").value_or(""));
  options.hash_fields = split_list(arguments.value("--hash-fields").value_or(""));
  if (const auto priority = arguments.value("--priority")) {
    options.priority = parse_priority_option(*priority);
  }
  options.key = arguments.value("--key").value_or("");
  if (const auto metadata = arguments.value("--metadata")) {
    require_json(*metadata, "the metadata");
    options.metadata = *metadata;
  }
  if (const auto delay = arguments.value("--delay")) {
    options.delay = parse_duration_option("--delay", *delay);
  }
  options.format = arguments.word("--format", "jsonl|dir|table").value_or("");
  options.durable = arguments.has("--durable");
  options.direct = arguments.has("--direct");
  options.keeps_outcome = arguments.has("--wait");
  options.dry_run = arguments.has("--dry-run");
  return options;
}

// `name=scout`: text, or JSON where the value is JSON; a string that looks like a number is written
// as JSON: name='"7"'.
std::string row_from_assignments(const std::vector<std::string>& assignments) {
  JsonWriter row;
  row.begin_object();
  for (const std::string& assignment : assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(
          ErrorKind::usage, "bad-assignment",
          fmt::format("cannot use '--set {}': write it as column=value", printable(assignment)));
    }
    const std::string_view value = std::string_view(assignment).substr(equals + 1);
    row.key(std::string_view(assignment).substr(0, equals));
    JsonTape tape;
    if (const auto parsed = tape.parse(value, 0); !value.empty() && !parsed.fault) {
      row.raw(tape.at(parsed.root).raw);
    } else {
      row.value(value);
    }
  }
  row.end_object();
  return row.take();
}

std::string read_row(App& app, const Arguments& arguments) {
  const std::vector<std::string> assignments = arguments.values("--set");
  const std::optional<std::string> text = arguments.positional("JSON");
  if (text.has_value() == !assignments.empty()) {
    throw Error(ErrorKind::usage, "row-missing",
                text ? "cannot take the row from both JSON and --set"
                     : "cannot enqueue without a row")
        .with_hint("menacedb enqueue --help");
  }
  if (!text) {
    return row_from_assignments(assignments);
  }
  return read_text_argument(*text, app.settings().bytes("queue.max_line"), "enqueue the row");
}

void print_enqueued(App& app, const Enqueued& entry, const EnqueueOptions& options) {
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
  json.begin_object();
  json.member("schema", "menacedb.enqueue/1").member("id", entry.id).member("table", entry.table);
  if (!entry.key.empty()) {
    json.member("key", entry.key);
  }
  json.member("queue", entry.queue).member("file", entry.file);
  json.member("priority", entry.priority).member("durable", options.durable);
  json.member("direct", entry.is_direct);
  if (entry.is_direct) {
    json.member("duplicate", entry.is_duplicate);
  }
  if (options.dry_run) {
    json.member("dry_run", true);
  }
  json.end_object();
  printer.line(json.text());
  printer.flush(WhenBroken::fail);
}

int await_outcome(const Context& context, const Enqueued& entry, Duration patience) {
  if (entry.is_direct) {
    return 0;
  }
  const bool is_file = !entry.sequence.empty();
  const bool is_row = entry.job != 0;
  const AwaitedEntry awaited_entry{.database = is_row    ? job_database_path(context.settings)
                                               : is_file ? dir_home_path(context.settings)
                                                         : shared_database_path(context.settings),
                                   .table = entry.table,
                                   .key = entry.key,
                                   .id = entry.id,
                                   .spool = entry.queue,
                                   .sequence = entry.sequence,
                                   .job = entry.job};
  const Awaited awaited = wait_for_outcome(context, awaited_entry, patience);
  if (awaited.is_applied) {
    return 0;
  }
  throw Error(ErrorKind::bad_input, awaited.fault.code,
              fmt::format("cannot apply entry {}: {}", entry.id, printable(awaited.fault.message)))
      .with_hint(fmt::format("menacedb replay-failed --list --table {}", printable(entry.table)));
}

struct Rejected {
  std::uint64_t line = 0;
  std::string message;
};

struct StreamReport {
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::vector<Rejected> errors;
  std::string note;
  std::uint64_t unacknowledged = 0; // gathered since the last flush

  void reject(std::uint64_t line, std::string message) {
    ++rejected;
    if (errors.size() < k_most_errors) {
      errors.push_back({line, std::move(message)});
    }
  }
};

void flush_stream(Enqueuer& enqueuer, StreamReport& report, std::uint64_t line) {
  const Flushed flushed = enqueuer.flush();
  for (const Fault& fault : flushed.failures) {
    report.reject(line, fault.message); // written directly: the line is one of those up to here
  }
  report.accepted += report.unacknowledged - flushed.failures.size();
  report.unacknowledged = 0;
  if (!flushed.note.empty()) {
    report.note = flushed.note;
  }
}

void read_stream(App& app, Enqueuer& enqueuer, StreamReport& report) {
  LineInput input(STDIN_FILENO, app.settings().bytes("queue.max_line"));
  std::uint64_t last = 0;
  while (const std::optional<LineInput::Line> line = input.next()) {
    last = line->number;
    if (line->is_too_long) {
      report.reject(line->number, "the line is longer than [queue] max_line");
    } else if (!trim(line->text).empty()) {
      try {
        enqueuer.gather(line->text);
        ++report.unacknowledged;
      } catch (const Error& error) { // one bad line is its own; the others are kept (CLI: --stdin)
        report.reject(line->number, error.message());
      }
    }
    if (enqueuer.is_full() || input.would_wait()) {
      flush_stream(enqueuer, report, last);
    }
  }
  flush_stream(enqueuer, report, last);
}

int print_stream(App& app, const StreamReport& report, bool dry_run) {
  Printer& printer = app.printer();
  if (!report.note.empty()) {
    printer.note(fmt::format("warning: {}", printable(report.note)));
  }
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", "menacedb.enqueue/1");
    json.member("accepted", report.accepted).member("rejected", report.rejected);
    json.key("errors").begin_array();
    for (const Rejected& error : report.errors) {
      json.begin_object().member("line", error.line).member("message", error.message).end_object();
    }
    json.end_array();
    if (dry_run) {
      json.member("dry_run", true);
    }
    printer.line(json.end_object().text());
  } else {
    for (const Rejected& error : report.errors) {
      printer.note(fmt::format("line {}: {}", error.line, printable(error.message)));
    }
    printer.line(fmt::format("accepted {}, rejected {}", report.accepted, report.rejected));
  }
  printer.flush(WhenBroken::fail);
  return report.rejected > 0 ? 65 : 0;
}

// What a stream cannot mean is refused: an option that is passed over in silence, or a key that
// makes every line but the first a duplicate, would lose what the user asked for.
void require_stream_options(const Arguments& arguments, const EnqueueOptions& options) {
  const auto refuse = [](std::string_view name, std::string_view why) {
    throw Error(ErrorKind::usage, "option-conflict",
                fmt::format("cannot combine --stdin with {}: {}", name, why))
        .with_hint("menacedb enqueue --help");
  };
  if (arguments.positional("JSON") || arguments.has("--set")) {
    refuse(arguments.has("--set") ? "--set" : "a row", "the rows come from standard input");
  }
  if (arguments.has("--key")) {
    refuse("--key", "all lines would have the same key");
  }
  if (arguments.has("--wait")) {
    refuse("--wait", "it waits for one entry");
  }
  for (const char* const name : {"--op", "--key-fields", "--hash-fields", "--metadata"}) {
    if (options.table.empty() && arguments.has(name)) {
      refuse(name, "without TABLE each line says so itself");
    }
  }
}

void require_row_options(const Arguments& arguments) {
  for (const char* const name : {"--param", "--operation", "--db"}) {
    if (arguments.has(name)) {
      throw Error(ErrorKind::usage, "option-conflict",
                  fmt::format("cannot use {} without --sql", name))
          .with_hint("menacedb enqueue --help");
    }
  }
}

void require_no_job_options(const Arguments& arguments) {
  for (const char* const name : {"--unique", "--max-attempts"}) {
    if (arguments.has(name)) {
      throw Error(ErrorKind::usage, "option-conflict",
                  fmt::format("cannot use {} without --job", name))
          .with_hint("menacedb enqueue --help");
    }
  }
}

int run(App& app, const Arguments& arguments) {
  if (arguments.has("--job")) {
    return enqueue_job(app, arguments);
  }
  require_no_job_options(arguments);
  if (arguments.has("--sql")) {
    return enqueue_sql(app, arguments);
  }
  require_row_options(arguments);
  EnqueueOptions options = read_options(arguments);
  // Before anything is queued: a command that fails must not have done half of its work.
  const Duration patience =
      parse_duration_option("--wait", arguments.value("--wait").value_or("30s"));
  const Context context = app.context();
  const Router router = make_router(context.settings);
  const std::unique_ptr<Hooks> hooks = make_hooks_or_none(context);
  options.hooks = hooks.get();
  Enqueuer enqueuer(context, router, options);
  if (arguments.has("--stdin")) {
    require_stream_options(arguments, options);
    StreamReport report;
    read_stream(app, enqueuer, report);
    const int status = print_stream(app, report, options.dry_run);
    if (report.accepted > 0 && !options.dry_run) {
      ensure_worker(app, arguments, WorkerSpool::Format::jsonl);
    }
    return status;
  }
  if (options.table.empty()) {
    throw Error(ErrorKind::usage, "table-missing", "cannot enqueue without a table")
        .with_hint("menacedb enqueue --help");
  }
  const Enqueued entry = enqueuer.enqueue(read_row(app, arguments));
  print_enqueued(app, entry, options);
  if (!entry.is_direct && !options.dry_run) {
    ensure_worker(app, arguments, WorkerSpool::Format::jsonl);
  }
  if (arguments.has("--wait") && !options.dry_run) {
    return await_outcome(context, entry, patience);
  }
  return 0;
}

} // namespace

const CommandSpec k_enqueue_command = {
    .name = "enqueue",
    .summary = "Queue a row for a table, SQL, or a job",
    .usage = "TABLE (JSON | - | @FILE) | TABLE --set K=V... | [TABLE] --stdin\n"
             "--sql SQL [--param V]... [--operation NAME] [--db NAME]\n"
             "--job TYPE [JSON | - | @FILE] [--unique KEY] [--max-attempts N]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
