#include "core/engine/query/query_names.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace menacedb {
namespace {

using Use = QueryRoutes::Use;

constexpr std::string_view k_read = "read";
constexpr std::string_view k_rowid = "ROWID";
constexpr std::string_view k_virtual_head = "CREATE VIRTUAL TABLE ";

// What the virtual tables of SQLite add to their name for the tables they keep their data in.
constexpr std::array<std::string_view, 11> k_shadow_endings = {
    "_data",   "_idx",  "_content", "_docsize", "_config", "_segments",
    "_segdir", "_stat", "_node",    "_rowid",   "_parent"};

bool is_shadow_name(std::string_view name, std::string_view owner) {
  return name.size() > owner.size() && equals_ignoring_case(name.substr(0, owner.size()), owner) &&
         std::ranges::find(k_shadow_endings, to_lower(name.substr(owner.size()))) !=
             k_shadow_endings.end();
}

std::string_view operation_of(SqlActionKind kind) {
  if (kind == SqlActionKind::insert) {
    return "insert";
  }
  if (kind == SqlActionKind::update) {
    return "update";
  }
  return kind == SqlActionKind::remove ? "delete" : k_read;
}

std::string_view place_word(const QueryStore& store) {
  return store.holds_shared ? "shared" : "local";
}

// SQLite would answer NULL, which is worse than no answer.
Error no_rowid(std::string_view table) {
  return Error(ErrorKind::bad_input, "no-rowid",
               fmt::format("cannot read the rowid of '{}' here: only some of its rows are shown",
                           printable(table)))
      .with_hint("name the column of its primary key, or use --scope all");
}

// "x" from "... no such table: x"; none when the text does not say so.
std::optional<std::string> name_after(std::string_view message, std::string_view words) {
  const std::size_t at = message.rfind(words);
  return at == std::string_view::npos
             ? std::nullopt
             : std::optional(std::string(message.substr(at + words.size())));
}

std::optional<std::string> unwritable_view(std::string_view message) {
  constexpr std::string_view k_before = "cannot modify ";
  constexpr std::string_view k_after = " because it is a view";
  std::optional<std::string> name = name_after(message, k_before);
  if (!name || !name->ends_with(k_after)) {
    return std::nullopt;
  }
  name->resize(name->size() - k_after.size());
  return name;
}

} // namespace

QueryNames::QueryNames(Database& database, QueryRoutes& routes, Options options)
    : m_database(database), m_routes(routes), m_options(std::move(options)) {
  for (const QueryStore& store : m_options.stores) {
    if (store.exists) {
      learn(store);
    }
  }
}

std::vector<QueryNames::Object> QueryNames::read_schema(const QueryStore& store) {
  Statement statement = m_database.prepare(
      fmt::format("SELECT name, type, sql FROM {}.sqlite_schema WHERE type <> 'index' AND name NOT "
                  "LIKE 'sqlite\\_%' ESCAPE '\\'",
                  quote_identifier(store.schema)));
  std::vector<Object> found;
  while (statement.step()) {
    const std::string_view type = statement.text(1);
    const std::string_view sql = statement.text(2);
    if (type != "table") {
      m_definitions += to_lower(sql);
    }
    Object object{std::string(statement.text(0)), "", Object::Kind::table, &store, ""};
    if (type == "view") {
      object.kind = Object::Kind::view;
      object.sql = sql;
    } else if (sql.starts_with(k_virtual_head)) {
      object.kind = Object::Kind::virtual_table;
      object.sql = sql;
    }
    if (type != "trigger") {
      found.push_back(std::move(object));
    }
  }
  return found;
}

void QueryNames::learn(const QueryStore& store) {
  std::vector<Object> found = read_schema(store);
  for (const Object& owner : found) {
    if (owner.kind != Object::Kind::virtual_table) {
      continue;
    }
    for (Object& object : found) {
      if (is_shadow_name(object.name, owner.name)) {
        object.kind = Object::Kind::shadow;
        object.owner = owner.name;
      }
    }
  }
  for (Object& object : found) {
    std::string key = to_lower(object.name);
    m_objects[std::move(key)].push_back(std::move(object));
  }
}

const QueryStore* QueryNames::store(std::string_view schema) const {
  for (const QueryStore& store : m_options.stores) {
    if (store.exists && store.schema == schema) {
      return &store;
    }
  }
  return nullptr;
}

std::optional<Error> QueryNames::refusal(const QueryStore& store, std::string_view table,
                                         QueryRoutes::Use use) {
  if (std::optional<Error> refused = m_routes.refusal(table, use)) {
    return refused;
  }
  const Placement placement = m_routes.route(table, use).placement;
  if (placement == Placement::shared ? store.holds_shared : store.holds_local) {
    return std::nullopt;
  }
  return Error(ErrorKind::config, "table-misplaced",
               fmt::format("cannot use '{}' in the {} database '{}': it is declared {}",
                           printable(table), place_word(store), store.path,
                           placement_word(placement)))
      .with_hint(fmt::format("menacedb route {}", printable(table)));
}

// A hook may allow to write what nobody may read.
std::optional<Error> QueryNames::refusal_of_all_uses(const Object& object) {
  std::optional<Error> refused = refusal(*object.store, object.name, Use::read);
  return refused && m_options.writes && !refusal(*object.store, object.name, Use::write)
             ? std::nullopt
             : std::move(refused);
}

std::optional<Error> QueryNames::judge(const TableUse& use) {
  if (use.kind == TableUse::Kind::mention) {
    return judge_mention(use.table);
  }
  if (use.kind == TableUse::Kind::describe) {
    return m_routes.refusal(use.table, Use::read);
  }
  if (const QueryStore* found = store(use.schema)) {
    return judge_stored(*found, use);
  }
  if (use.schema == "temp") {
    if (const auto blocked = m_blocked.find(use.table); blocked != m_blocked.end()) {
      return blocked->second;
    }
    return use.action.detail == k_rowid ? std::optional(no_rowid(use.table)) : std::nullopt;
  }
  return table_unknown(use.table, m_routes.router().suggest(use.table));
}

// The bare name of a table that may not be used is that of a view, so this one is a CTE's: unless a
// view or trigger in a store is what mentions it.
std::optional<Error> QueryNames::judge_mention(std::string_view table) {
  const std::string key = to_lower(table);
  if (!m_objects.contains(key)) {
    return std::nullopt;
  }
  std::optional<Error> refused = m_routes.refusal(table, Use::read);
  if (!refused) {
    note(table, Use::read, k_read);
    return std::nullopt;
  }
  return m_definitions.find(key) == std::string::npos ? std::nullopt : std::move(refused);
}

std::optional<Error> QueryNames::judge_stored(const QueryStore& store, const TableUse& use) {
  const bool is_write = use.kind == TableUse::Kind::write;
  std::string_view table = use.table;
  if (const auto found = m_objects.find(to_lower(table)); found != m_objects.end()) {
    for (const Object& object : found->second) {
      if (object.store == &store && object.kind == Object::Kind::shadow) {
        table = object.owner; // only the virtual table gets there
      }
    }
  }
  const Use how = is_write ? Use::write : Use::read;
  if (std::optional<Error> refused = refusal(store, table, how)) {
    return refused;
  }
  const bool is_shared = m_routes.route(table, how).placement == Placement::shared;
  if (m_options.scope != Scope::all && is_shared && !m_filtered.contains(to_lower(table))) {
    return Error(
               ErrorKind::config, "no-scope",
               fmt::format("cannot read '{}' with a narrowed scope in this way", printable(table)))
        .with_hint("menacedb query --scope all");
  }
  if (is_write) {
    m_written.insert(store.schema);
  }
  note(table, how, operation_of(use.action.kind));
  return std::nullopt;
}

void QueryNames::note(std::string_view table, Use use, std::string_view operation) {
  m_accesses.insert(
      {std::string(table), m_routes.route(table, use).placement, std::string(operation)});
}

Error QueryNames::explain(const Error& error) {
  if (error.code() != "sql") {
    return error;
  }
  if (const auto name = name_after(error.message(), "no such table: ")) {
    return missing(*name);
  }
  if (const auto name = unwritable_view(error.message())) {
    const auto refused = m_refused.find(to_lower(*name));
    return refused == m_refused.end() ? error : refused->second;
  }
  return error;
}

Error QueryNames::missing(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot != std::string_view::npos) {
    return Error(
               ErrorKind::bad_input, "table-missing",
               fmt::format("cannot find table '{}': databases have no names here", printable(name)))
        .with_hint(fmt::format("write '{}' alone", printable(name.substr(dot + 1))));
  }
  if (std::optional<Error> refused = m_routes.refusal(name, Use::read)) {
    return *refused;
  }
  const bool is_shared = m_routes.route(name, Use::read).placement == Placement::shared;
  for (const QueryStore& store : m_options.stores) {
    if (is_shared ? store.holds_shared : store.holds_local) {
      return Error(ErrorKind::bad_input, "table-missing",
                   fmt::format("cannot find table '{}': the {} database '{}' {}", printable(name),
                               is_shared ? "shared" : "local", store.path,
                               store.exists ? "has no such table" : "does not exist yet"))
          .with_hint(fmt::format("menacedb route {}", printable(name)));
    }
  }
  return table_unknown(name, m_routes.router().suggest(name));
}

} // namespace menacedb
