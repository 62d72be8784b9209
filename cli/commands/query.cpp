#include "core/engine/query/query.hpp"

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/query_output.hpp"
#include "cli/text_input.hpp"
#include "core/base/text.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/make_router.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {"SQL", "the SQL to run, '-' for standard input, '@FILE' for a file"},
};

constexpr OptionSpec k_options[] = {
    {.name = "--scope",
     .argument = "SCOPE",
     .help = "whose rows of shared tables: local, global or all (default)",
     .words = "local global all"},
    {"--param", "V", "the next parameter; JSON when it parses as such, else text", true},
    {"--write", "", "allow one of the two databases to be changed"},
    {"--dry-run", "", "with --write: change nothing, say how many rows would be changed"},
    {.name = "--format",
     .argument = "FORMAT",
     .help = "table (default), json, jsonl or csv",
     .words = "table json jsonl csv"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb query 'SELECT name FROM bots ORDER BY name LIMIT 5' --scope local",
     "the rows of this instance only"},
    {"menacedb query 'SELECT * FROM bots WHERE speed > ?' --param 5 --format jsonl",
     "a bound parameter, one JSON object a row"},
};

QueryFormat format_of(const App& app, const Arguments& arguments) {
  const auto word = arguments.word("--format", "table|json|jsonl|csv");
  if (!word) {
    return app.wants_json() ? QueryFormat::json : QueryFormat::table;
  }
  if (*word == "json") {
    return QueryFormat::json;
  }
  if (*word == "jsonl") {
    return QueryFormat::jsonl;
  }
  return *word == "csv" ? QueryFormat::csv : QueryFormat::table;
}

QueryRequest request_of(App& app, const Arguments& arguments) {
  QueryRequest request;
  request.scope =
      parse_scope(arguments.word("--scope", "local|global|all").value_or("all")).value();
  request.params = arguments.values("--param");
  request.writes = arguments.has("--write");
  request.dry_run = arguments.has("--dry-run");
  if (request.dry_run && !request.writes) {
    throw Error(ErrorKind::usage, "option-conflict",
                "cannot use --dry-run without --write: a query changes nothing");
  }
  request.sql = read_text_argument(arguments.positional("SQL").value_or(""),
                                   app.settings().bytes("queue.max_line"), "run the query");
  return request;
}

void advise_to_queue(App& app, const QueryResult& result) {
  if (!result.is_shared_write || app.is_quiet()) {
    return;
  }
  for (const std::string& table : result.written_tables) {
    app.printer().note(fmt::format("menacedb: note: '{0}' is shared, write to it through its queue"
                                   "\nhint: menacedb enqueue {0}",
                                   printable(table)));
  }
}

int run(App& app, const Arguments& arguments) {
  const QueryFormat format = format_of(app, arguments);
  const QueryRequest request = request_of(app, arguments);
  const Context context = app.context();
  const Router router = make_router(context.settings);
  const std::unique_ptr<Hooks> hooks = make_hooks(context);
  const std::unique_ptr<QueryOutput> output = QueryOutput::make(format, app.printer());
  if (request.writes) {
    output->hold_back();
  }
  const SignalGuard signals(app.stop());
  QueryResult result;
  try {
    result = run_query(context, {router, hooks.get()}, request, *output);
  } catch (const Error& error) {
    if (!app.stop().is_requested()) {
      throw;
    }
    app.printer().error(error, app.wants_json(), k_exit_signal_base + SignalGuard::caught());
    return k_exit_signal_base + SignalGuard::caught();
  }
  output->finish(result, request.dry_run);
  app.printer().flush(result.is_write && !request.dry_run ? WhenBroken::fail : WhenBroken::quiet);
  advise_to_queue(app, result);
  return k_exit_done;
}

} // namespace

const CommandSpec k_query_command = {
    .name = "query",
    .summary = "run SQL across local and shared tables, with the rows in scope",
    .usage = "SQL [--scope local|global|all] [--param V]... [--write] "
             "[--format table|json|jsonl|csv]",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
