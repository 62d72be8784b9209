#pragma once

#include "core/engine/context.hpp"
#include "core/policy/hooks.hpp"
#include "core/store/scope.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

class Statement;

struct QueryRequest {
  std::string sql;
  Scope scope = Scope::all;
  std::vector<std::string> params; // JSON where they are JSON, else text
  bool writes = false;
  bool dry_run = false; // roll back
};

// Takes the rows of a query, in order. A write that has to begin again starts anew with begin().
class QuerySink {
public:
  virtual ~QuerySink() = default;
  virtual void begin(const Statement& statement) = 0; // its columns
  // False: enough, end the query.
  [[nodiscard]] virtual bool row(const Statement& statement) = 0;
};

struct QueryResult {
  bool is_write = false;
  bool is_shared_write = false;
  std::vector<std::string> written_tables;
  std::int64_t changes = 0; // rows inserted, updated and deleted
};

// Runs SQL across the local and the shared database of the origin. Shared tables show the rows in
// scope, denied and undeclared ones nothing, wherever they stand in the SQL (see
// core/engine/query/query_names.hpp). Every database is opened read-only and without leaving
// traces, but for the one that is written to: one of the two, in one transaction under its writer
// lock, with synchronous=FULL, as a whole again when it is busy ([retry]). Creates nothing. The
// rows of a statement that writes are handed on before the commit, so the sink must hold them back.
//
// Ends with code "interrupted" on a stop. Other errors: usage (no SQL, several results, wrong
// number of parameters), "table-denied", "table-unknown", "table-missing", "no-scope",
// "unsafe-scope", "sql-denied", "two-stores", "sql".
// What answers where a table lives. `hooks` may be null.
struct QueryPolicy {
  const Router& router;
  Hooks* hooks;
};
[[nodiscard]] QueryResult run_query(const Context& context, const QueryPolicy& policy,
                                    const QueryRequest& request, QuerySink& sink);

} // namespace menacedb
