#pragma once

#include "core/base/json.hpp"
#include "core/db/statement.hpp"
#include "core/model/entry.hpp"
#include "core/store/table_schema.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace menacedb {

// What an entry asks of a table.
struct RowRequest {
  const TableSchema& table;
  const JsonTape& tape;
  const Entry& entry; // its data is an expanded object
  bool has_origin = false;
};

// What to do with entries of one table and operation whose data names the same columns in the same
// order: the SQL, and which member of the data becomes which parameter.
struct RowPlan {
  enum class WhenUnchanged { applied, duplicate, look }; // the statement changed no row

  std::string signature;
  std::vector<std::string> members; // the data's keys, in order
  std::vector<int> parameters;      // per member; 0: not bound
  int hash_parameter = 0;           // 0: none
  int origin_parameter = 0;
  bool has_origin = false;
  WhenUnchanged when_unchanged = WhenUnchanged::applied;
  std::string sql;
  // Tells whether the row that an update names is there. Its parameters are the members', by the
  // same numbers.
  std::string find_sql;
  std::vector<std::size_t> find_members;

  std::optional<Statement> statement;
  std::optional<Statement> find;
  std::uint64_t last_used = 0;

  [[nodiscard]] bool matches(const RowRequest& request) const noexcept;
};

// Plans without their statements. A request that cannot be met has a fault: unknown or generated
// columns, a missing key. Only names that the schema knows get into the SQL (invariant 8).
[[nodiscard]] std::variant<RowPlan, Fault> plan_row(const RowRequest& request);

} // namespace menacedb
