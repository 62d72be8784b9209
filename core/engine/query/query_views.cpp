#include "core/base/text.hpp"
#include "core/engine/query/query_names.hpp"
#include "core/os/process.hpp"
#include "core/store/sql_words.hpp"

#include <fmt/format.h>

#include <utility>

namespace menacedb {
namespace {

constexpr std::string_view k_view_head = "CREATE VIEW ";

std::string quote_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted.append(c == '\'' ? 2 : 1, c);
  }
  return quoted += '\'';
}

// The condition of build_scope_clause, with the value in it: a view takes no parameters. `row` is
// what the column belongs to: "", "OLD.".
std::string scope_condition(Scope scope, std::string_view origin, std::string_view row) {
  switch (scope) {
  case Scope::local:
    return fmt::format("{}\"source_menace_id\" IS {}", row, quote_text(origin));
  case Scope::global:
    return fmt::format("{}\"source_menace_id\" IS NOT {}", row, quote_text(origin));
  case Scope::all:
    return "1";
  }
  return "1";
}

} // namespace

// A name that a statement uses stands in its text, but for the quotes in it, which are doubled
// there.
bool QueryNames::is_mentioned(const Object& object, const std::string& lower_sql) const {
  return object.name.find_first_of("\"'`") != std::string::npos ||
         lower_sql.find(to_lower(object.name)) != std::string::npos;
}

void QueryNames::show(std::string_view sql) {
  std::string mentioned = to_lower(sql);
  // A view or virtual table may mention more names; each is looked at once.
  for (bool is_growing = true; is_growing;) {
    is_growing = false;
    for (const auto& [key, objects] : m_objects) {
      if (!m_shown.contains(key) && is_mentioned(objects.front(), mentioned)) {
        m_shown.insert(key);
        std::vector<const Object*> same_name;
        for (const Object& object : objects) {
          same_name.push_back(&object);
        }
        show(same_name, mentioned);
        is_growing = true;
      }
    }
  }
}

void QueryNames::show(const std::vector<const Object*>& same_name, std::string& mentioned) {
  const Object* usable = nullptr;
  std::optional<Error> reason;
  for (const Object* object : same_name) {
    std::optional<Error> refused = object->kind == Object::Kind::shadow
                                       ? std::optional(table_unknown(object->name, object->owner))
                                       : refusal_of_all_uses(*object);
    if (!refused) {
      usable = object;
    } else if (!reason) {
      reason = std::move(refused);
    }
  }
  if (usable == nullptr) {
    block(*same_name.front(), *reason);
    return;
  }
  if (m_options.scope == Scope::all || !usable->store->holds_shared ||
      (usable->store->holds_local &&
       m_routes.route(usable->name, QueryRoutes::Use::read).placement == Placement::local)) {
    if (same_name.size() > 1) { // the other store's table of this name must not be found first
      m_database.execute(
          fmt::format("CREATE TEMP VIEW {} AS SELECT * FROM {}.{}", quote_identifier(usable->name),
                      quote_identifier(usable->store->schema), quote_identifier(usable->name)),
          "prepare the query");
    }
    return;
  }
  if (to_lower(usable->name) == m_options.guarded) {
    guard(*usable);
  } else if (usable->kind == Object::Kind::view) {
    show_view_again(*usable);
  } else {
    show_filtered(*usable);
  }
  mentioned += to_lower(usable->sql);
}

void QueryNames::show_filtered(const Object& object) {
  if (!has_origin(object)) {
    block_without_origin(object);
    return;
  }
  m_filtered.insert(to_lower(object.name));
  m_database.execute(fmt::format("CREATE TEMP VIEW {} AS SELECT * FROM {}.{} WHERE {}",
                                 quote_identifier(object.name),
                                 quote_identifier(object.store->schema),
                                 quote_identifier(object.name),
                                 scope_condition(m_options.scope, m_options.origin, "")),
                     "prepare the query");
}

void QueryNames::block_without_origin(const Object& object) {
  block(object, Error(ErrorKind::config, "no-scope",
                      fmt::format("cannot use '{}' with a narrowed scope: it has no column "
                                  "source_menace_id, so its rows belong to nobody",
                                  printable(object.name)))
                    .with_hint("menacedb query --scope all"));
}

void QueryNames::guard(const Object& object) {
  if (!has_origin(object)) {
    block_without_origin(object);
    return;
  }
  if (replaces_rows(object)) {
    block(object, Error(ErrorKind::bad_input, "unsafe-scope",
                        fmt::format("cannot write to '{}' with a narrowed scope: its constraints "
                                    "replace rows",
                                    printable(object.name)))
                      .with_hint("menacedb query --scope all"));
    return;
  }
  m_filtered.insert(to_lower(object.name));
  const auto rows = [this](std::string_view row) {
    return scope_condition(m_options.scope, m_options.origin, row);
  };
  const auto trigger = [&](std::string_view event, std::string_view rows_met,
                           std::string_view answer) {
    m_database.execute(fmt::format("CREATE TEMP TRIGGER {} BEFORE {} ON {}.{} WHEN {} BEGIN "
                                   "SELECT RAISE({}); END",
                                   quote_identifier(random_hex(16)), event,
                                   quote_identifier(object.store->schema),
                                   quote_identifier(object.name), rows_met, answer),
                       "prepare the query");
  };
  const std::string out_of_scope = fmt::format("NOT ({})", rows("OLD."));
  trigger("DELETE", out_of_scope, "IGNORE");
  trigger("UPDATE", out_of_scope, "IGNORE");
  trigger("UPDATE", fmt::format("{} AND NOT ({})", rows("OLD."), rows("NEW.")),
          "ABORT, 'the row would leave the scope'");
}

// By ON CONFLICT REPLACE, which deletes rows without asking a trigger.
bool QueryNames::replaces_rows(const Object& object) {
  Statement statement = m_database.prepare(
      fmt::format("SELECT sql FROM {}.sqlite_schema WHERE type = 'table' AND name = ?",
                  quote_identifier(object.store->schema)));
  return !statement.bind(1, std::string_view(object.name)).step() ||
         object.kind != Object::Kind::table || count_sql_word(statement.text(0), "replace") > 0;
}

// SQLite keeps the text of a view as it was written, but for its first words, which it normalises.
void QueryNames::show_view_again(const Object& object) {
  if (!m_options.guarded.empty()) { // it might read the table that is written to, without a view
    block(object, Error(ErrorKind::bad_input, "unsafe-scope",
                        fmt::format("cannot read view '{}' in a write with a narrowed scope",
                                    printable(object.name)))
                      .with_hint("menacedb query --scope all"));
    return;
  }
  if (!object.sql.starts_with(k_view_head)) {
    block(object, Error(ErrorKind::config, "no-scope",
                        fmt::format("cannot read view '{}' with a narrowed scope: its definition "
                                    "is not one that SQLite writes",
                                    printable(object.name))));
    return;
  }
  m_database.execute("CREATE TEMP VIEW " + object.sql.substr(k_view_head.size()),
                     "prepare the query");
}

void QueryNames::block(const Object& object, Error reason) {
  const std::string guard = random_hex(16);
  m_database.execute(fmt::format("CREATE TEMP TABLE {0} (a); CREATE TEMP VIEW {1} AS SELECT a FROM "
                                 "temp.{0}",
                                 quote_identifier(guard), quote_identifier(object.name)),
                     "prepare the query");
  m_blocked.emplace(guard, reason);
  m_refused.emplace(to_lower(object.name), std::move(reason));
}

bool QueryNames::has_origin(const Object& object) {
  Statement columns = m_database.prepare("SELECT 1 FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1 "
                                         "AND name = 'source_menace_id' COLLATE NOCASE");
  return columns.bind(1, std::string_view(object.name))
      .bind(2, std::string_view(object.store->schema))
      .step();
}

} // namespace menacedb
