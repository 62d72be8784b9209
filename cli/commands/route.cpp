#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "core/base/error.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/engine/access_trail.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/store/scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace menacedb {
namespace {

constexpr PositionalSpec k_positionals[] = {
    {.name = "TABLE",
     .help = "the table to find",
     .is_required = false,
     .is_list = true,
     .words = "@tables"},
};

constexpr OptionSpec k_options[] = {
    {.name = "--op",
     .argument = "OP",
     .help = "what it is wanted for: read (default) or write",
     .words = "read write"},
    {.name = "--scope",
     .argument = "SCOPE",
     .help = "whose rows: local, global or all (default); prints the condition for WHERE",
     .words = "local global all"},
    {.name = "--list", .help = "all declared tables"},
};

constexpr ExampleSpec k_examples[] = {
    {"menacedb route bots memory", "where two tables live, and which rule said so"},
    {"menacedb route bots --scope global --json", "with the condition for the rows of others"},
    {"menacedb route --list", "all declared tables"},
};

// The answer for one table.
struct Answer {
  std::string table;
  Route route;
  std::string database; // empty: none
  ScopeClause clause;
};

[[nodiscard]] std::string database_of(const Settings& settings, Placement placement) {
  switch (placement) {
  case Placement::shared:
    return shared_database_path(settings);
  case Placement::local:
    return local_database_path(settings, settings.text("instance.id"));
  case Placement::deny:
  case Placement::unknown:
    break;
  }
  return {};
}

// What the answers are found with.
struct Policy {
  const Settings& settings;
  const Router& router;
  Hooks* hooks = nullptr; // null: none
};

[[nodiscard]] Answer answer(const Policy& policy, Scope scope, std::string_view operation,
                            const std::string& table) {
  const Settings& settings = policy.settings;
  const Route route = route_by_policy(policy.router, policy.hooks,
                                      {table, operation, settings.text("instance.id")});
  Answer found{table, route, database_of(settings, route.placement), {}};
  // A local database holds the rows of its own instance, so there is nothing to leave out.
  if (route.placement == Placement::shared) {
    found.clause = build_scope_clause(table, scope, settings.text("instance.id"));
  }
  return found;
}

[[nodiscard]] Scope scope_of(const Arguments& arguments) {
  const auto word = arguments.word("--scope", "local|global|all");
  return parse_scope(word.value_or("all")).value();
}

[[nodiscard]] std::vector<std::string> tables_of(const Arguments& arguments, const Router& router) {
  std::vector<std::string> tables = arguments.values("TABLE");
  if (arguments.has("--list") != tables.empty()) {
    throw Error(ErrorKind::usage, "usage",
                tables.empty() ? "cannot route: no table given"
                               : "cannot use --list with a table: it lists all of them")
        .with_hint(tables.empty() ? "menacedb route --list" : "menacedb route --help");
  }
  if (std::ranges::find(tables, "") != tables.end()) {
    throw Error(ErrorKind::usage, "usage", "table_name must be a non-empty string");
  }
  if (tables.empty()) {
    for (auto& [name, route] : router.declared()) {
      tables.push_back(name);
    }
  }
  return tables;
}

void add_route(JsonWriter& json, const Answer& answer) {
  json.begin_object().member("table", std::string_view(answer.table));
  json.member("placement", placement_word(answer.route.placement)).key("database");
  answer.database.empty() ? json.null() : json.value(std::string_view(answer.database));
  json.key("decided_by").begin_object();
  json.member("kind", std::string_view(answer.route.decided_by.kind));
  json.member("at", std::string_view(answer.route.decided_by.at)).end_object();
  json.member("clause", std::string_view(answer.clause.text)).key("params").begin_array();
  for (const std::string& param : answer.clause.params) {
    json.value(std::string_view(param));
  }
  json.end_array().end_object();
}

[[nodiscard]] std::string decided_text(const DecidedBy& decided_by) {
  return decided_by.at.empty() ? decided_by.kind
                               : fmt::format("{} {}", decided_by.kind, decided_by.at);
}

// The condition with its values in place, to read; programs take them apart with --json.
[[nodiscard]] std::string clause_text(const ScopeClause& clause) {
  return clause.params.empty()
             ? clause.text
             : fmt::format("{}  [{}]", clause.text, fmt::join(clause.params, ", "));
}

void print(App& app, const std::vector<Answer>& answers, bool with_clause) {
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", "menacedb.route/1").key("routes").begin_array();
    for (const Answer& answer : answers) {
      add_route(json, answer);
    }
    json.end_array().end_object();
    app.printer().line(json.text());
    return;
  }
  std::vector<std::string> header{"table", "placement", "database", "decided by"};
  if (with_clause) {
    header.emplace_back("clause");
  }
  std::vector<std::vector<std::string>> rows;
  for (const Answer& answer : answers) {
    rows.push_back({answer.table, std::string(placement_word(answer.route.placement)),
                    answer.database.empty() ? "-" : answer.database,
                    decided_text(answer.route.decided_by)});
    if (with_clause) {
      rows.back().push_back(clause_text(answer.clause));
    }
  }
  app.printer().table(header, rows);
}

[[nodiscard]] std::optional<Error> refusal(const Router& router, const Answer& answer) {
  switch (answer.route.placement) {
  case Placement::deny:
    return table_denied(answer.table);
  case Placement::unknown:
    return table_unknown(answer.table, router.suggest(answer.table));
  case Placement::shared:
  case Placement::local:
    break;
  }
  return {};
}

// Each refused table on stderr; the first decides the exit status.
int report_refusals(App& app, const Router& router, const std::vector<Answer>& answers) {
  int status = k_exit_done;
  for (const Answer& answer : answers) {
    if (const auto error = refusal(router, answer)) {
      app.printer().flush(); // the answer first, as in the order of the tables
      app.printer().error(*error, app.wants_json(), exit_status(error->kind()));
      status = status == k_exit_done ? exit_status(error->kind()) : status;
    }
  }
  return status;
}

// A table that was refused was not reached.
void leave_trail(App& app, const std::vector<Answer>& answers, std::string_view operation) {
  std::vector<Access> accesses;
  for (const Answer& answer : answers) {
    if (answer.route.placement == Placement::shared || answer.route.placement == Placement::local) {
      accesses.push_back({app.settings().text("instance.id"), answer.table, operation,
                          answer.route.placement, std::nullopt});
    }
  }
  AccessTrail(app.context()).note(accesses);
}

int run(App& app, const Arguments& arguments) {
  const std::string operation = arguments.word("--op", "read|write").value_or("read");
  const Scope scope = scope_of(arguments);
  const Router router = make_router(app.settings());
  const std::vector<std::string> tables = tables_of(arguments, router);
  const std::unique_ptr<Hooks> hooks = make_hooks(app.context());
  const Policy policy{app.settings(), router, hooks.get()};
  std::vector<Answer> answers;
  for (const std::string& table : tables) {
    answers.push_back(answer(policy, scope, operation, table));
  }
  print(app, answers, arguments.has("--scope"));
  if (arguments.has("--list")) {
    return k_exit_done;
  }
  app.printer().flush(); // the answer first
  leave_trail(app, answers, operation);
  return report_refusals(app, router, answers);
}

} // namespace

const CommandSpec k_route_command = {
    .name = "route",
    .summary = "say where tables live and which rule said so",
    .usage = "TABLE... [--op read|write] [--scope local|global|all]\n--list",
    .positionals = k_positionals,
    .options = k_options,
    .examples = k_examples,
    .run = run,
};

} // namespace menacedb
