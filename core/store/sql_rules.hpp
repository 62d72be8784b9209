#pragma once

#include "core/db/authorizer.hpp"

#include <functional>
#include <optional>
#include <string_view>

namespace menacedb {

// How SQL from outside would use a table or view.
struct TableUse {
  enum class Kind {
    mention,  // no column is read (count(*)): the name may just as well be that of a CTE, and is
              // then no table at all; see SqlRulesOptions::table
    describe, // by a PRAGMA
    read,
    write,
    define, // create, alter, drop, index, analyze, a trigger on it
  };
  Kind kind = Kind::read;
  std::string_view schema; // empty for mention and describe unless it was written
  std::string_view table;
  SqlAction action; // what is done in particular
};

struct SqlRulesOptions {
  bool writes = true;
  bool ddl = false;          // CREATE, ALTER, DROP, REINDEX, ANALYZE
  bool transactions = false; // BEGIN, COMMIT, SAVEPOINT …
  bool reads_schema = true;  // sqlite_schema and the other tables of SQLite
  // Whether a table may be used so; absent: any. It should allow a mention of a name that no table
  // has. SQLite's and menacedb's own tables never come here to be written.
  std::function<std::optional<Error>(const TableUse&)> table{};
};

// What SQL from outside may do (CONTRACTS section 0, "SQL entries"), for Database::set_rule. Always
// refused, kind denied, code "sql-denied": ATTACH, DETACH and VACUUM, loading extensions, writes to
// menacedb's own tables and to SQLite's, PRAGMAs but those that only describe tables or tell a
// setting. Tables are judged wherever they are reached: through views, triggers, subqueries,
// virtual tables and foreign keys.
class SqlRules {
public:
  explicit SqlRules(SqlRulesOptions options);
  [[nodiscard]] std::optional<Error> operator()(const SqlAction& action) const;

private:
  [[nodiscard]] std::optional<Error> judge_read(const SqlAction& action) const;
  [[nodiscard]] std::optional<Error> judge_write(const SqlAction& action) const;
  [[nodiscard]] std::optional<Error> judge_definition(const SqlAction& action) const;
  [[nodiscard]] std::optional<Error> judge_pragma(const SqlAction& action) const;
  [[nodiscard]] std::optional<Error> judge_table(TableUse::Kind kind, std::string_view table,
                                                 const SqlAction& action) const;

  SqlRulesOptions m_options;
};

} // namespace menacedb
