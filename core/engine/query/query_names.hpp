#pragma once

#include "core/db/database.hpp"
#include "core/engine/query/query_routes.hpp"
#include "core/store/scope.hpp"
#include "core/store/sql_rules.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// One database file that a query may read, attached under a name that nobody can guess.
struct QueryStore {
  std::string path;
  std::string schema; // 32 random hex digits
  bool holds_shared = false;
  bool holds_local = false;
  bool exists = false; // else it is not attached
};

// A table that a query used, for the access trail.
struct TableAccess {
  std::string table;
  Placement placement = Placement::unknown;
  std::string operation; // read, insert, update, delete
  auto operator<=>(const TableAccess&) const = default;
};

// What the names in a query mean. SQL is not read to find that out: names resolve to what SQLite
// finds under them, and it finds only what belongs to the query:
//
//   - the main database is empty, and the stores' schema names cannot be guessed, so every table is
//     reached by its bare name;
//   - with a narrowed scope, the bare name of a shared table is a TEMP view with the scope's
//     condition, and the name of a store's view is a TEMP view of the same SQL, which again reads
//     the TEMP views;
//   - the name of a table that may not be used is a TEMP view which reads a table that judge()
//     refuses with the reason. A CTE of that name hides the view as it would hide the table;
//   - judge() refuses whatever else is read or written in a store.
//
// Borrowed: the database and the routes must outlive it. Not thread-safe.
class QueryNames {
public:
  struct Options {
    Scope scope = Scope::all;
    std::string origin;
    std::vector<QueryStore> stores;
    // With a narrowed scope: the shared table that is written to, in lower case. It is no view, but
    // TEMP triggers leave its rows out of scope alone; so nothing may read it beside the write.
    std::string guarded{};
    bool writes = false; // whether a table may be written to
  };
  QueryNames(Database& database, QueryRoutes& routes, Options options);

  // Makes the views for the names that occur in the text. Not while a rule is set.
  void show(std::string_view sql);
  // For SqlRulesOptions::table. Remembers the accesses that it allows.
  [[nodiscard]] std::optional<Error> judge(const TableUse& use);
  // A better error than SQLite's for a name that means nothing, or nothing that can be written.
  [[nodiscard]] Error explain(const Error& error);

  [[nodiscard]] const std::set<TableAccess>& accesses() const noexcept { return m_accesses; }
  // The store that the schema name stands for, or none.
  [[nodiscard]] const QueryStore* store(std::string_view schema) const;
  // Those that an allowed statement writes to.
  [[nodiscard]] const std::set<std::string>& written_schemas() const noexcept { return m_written; }

private:
  struct Object {
    enum class Kind { table, view, virtual_table, shadow };
    std::string name;
    std::string sql; // of views and virtual tables
    Kind kind = Kind::table;
    const QueryStore* store = nullptr;
    std::string owner; // of a shadow table
  };

  void learn(const QueryStore& store);
  [[nodiscard]] std::vector<Object> read_schema(const QueryStore& store);
  [[nodiscard]] bool is_mentioned(const Object& object, const std::string& lower_sql) const;
  void show(const std::vector<const Object*>& same_name, std::string& mentioned);
  void show_filtered(const Object& object);
  void show_view_again(const Object& object);
  void guard(const Object& object);
  [[nodiscard]] bool replaces_rows(const Object& object);
  void block_without_origin(const Object& object);
  void block(const Object& object, Error reason);
  [[nodiscard]] bool has_origin(const Object& object);
  // Why the object may not be used at all; none when it may.
  [[nodiscard]] std::optional<Error> refusal(const QueryStore& store, std::string_view table,
                                             QueryRoutes::Use use);
  [[nodiscard]] std::optional<Error> refusal_of_all_uses(const Object& object);
  [[nodiscard]] std::optional<Error> judge_mention(std::string_view table);
  [[nodiscard]] std::optional<Error> judge_stored(const QueryStore& store, const TableUse& use);
  [[nodiscard]] Error missing(std::string_view name);
  void note(std::string_view table, QueryRoutes::Use use, std::string_view operation);

  Database& m_database;
  QueryRoutes& m_routes;
  Options m_options;
  // By name in lower case: as SQLite compares them.
  std::map<std::string, std::vector<Object>, std::less<>> m_objects;
  std::set<std::string, std::less<>> m_shown;          // names that were looked at
  std::set<std::string, std::less<>> m_filtered;       // shared tables behind a view
  std::map<std::string, Error, std::less<>> m_blocked; // by the TEMP table that is refused
  std::map<std::string, Error, std::less<>> m_refused; // by name, why it is blocked
  std::string m_definitions;                           // of all views and triggers, in lower case
  std::set<TableAccess> m_accesses;
  std::set<std::string> m_written;
};

} // namespace menacedb
