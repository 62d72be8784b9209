#pragma once

#include "core/base/error.hpp"

#include <functional>
#include <optional>
#include <string_view>

namespace menacedb {

// One thing that a statement would do, as SQLite tells it while it prepares the statement (and when
// a virtual table prepares statements of its own, while it runs). What each field holds, by kind:
//
//   kind                          name                 detail
//   read                          table                column; "" when no value of it is used, then
//                                                      `schema` is empty unless it was written, and
//                                                      the name as written may be that of a CTE
//   insert, remove                table                -
//   update                        table                column
//   create_*, drop_*              what is made/dropped its table, or the module of a virtual table
//   alter, analyze                table                -
//   reindex                       index                -
//   pragma                        pragma               its argument; "" for none
//   function                      function             -
//   transaction                   BEGIN, COMMIT …      -
//   savepoint                     BEGIN, RELEASE …     its name
//   attach                        file; "" unless it is a literal     -
//   detach                        schema               -
//   select, recursive, other      -                    -
//
// The schema tables are called "sqlite_master" and "sqlite_temp_master", however they were written.
// A virtual table that declares itself updates "sqlite_master", too; SQLite itself refuses
// statements that do so.
enum class SqlActionKind {
  read,
  insert,
  update,
  remove, // DELETE
  select,
  recursive, // of a CTE
  function,
  create_table,
  create_index,
  create_view,
  create_trigger,
  create_virtual_table,
  drop_table,
  drop_index,
  drop_view,
  drop_trigger,
  drop_virtual_table,
  alter,
  reindex,
  analyze,
  transaction,
  savepoint,
  pragma,
  attach, // VACUUM attaches as well
  detach,
  other,
};

struct SqlAction {
  SqlActionKind kind = SqlActionKind::other;
  std::string_view name;
  std::string_view detail;
  std::string_view schema; // "main", "temp", …; empty where SQLite names none
  // The innermost view or trigger that asks for it, but also the alias of a subquery or CTE: never
  // a ground for allowing anything.
  std::string_view source;
};

// None: allowed. An error refuses the whole statement, and whoever prepares or runs it gets this
// very error. It must not use the connection that asks.
using SqlRule = std::function<std::optional<Error>(const SqlAction&)>;

} // namespace menacedb
