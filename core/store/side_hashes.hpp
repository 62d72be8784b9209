#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/model/batch.hpp"
#include "core/store/row_hashes.hpp"
#include "core/store/table_schema.hpp"
#include "core/store/value_binder.hpp"

#include <optional>
#include <string>

namespace menacedb {

// menacedb_hash: the content hashes of rows of tables that have no column for them, with the rowid
// each row got. Inside the caller's transaction. Not thread-safe.
class SideHashes {
public:
  explicit SideHashes(Database& database);

  // Whether a row with this hash was inserted and is still there: under its rowid, with the values
  // that were hashed. What triggers may have changed is not compared, and of a table without rowids
  // the hash alone counts.
  [[nodiscard]] bool has(const Batch& batch, const Entry& entry, const TableSchema& table,
                         const RowHash& hash);
  // Right after the insert.
  void remember(const TableSchema& table, const RowHash& hash);
  // The schema has changed.
  void forget_schema();

private:
  [[nodiscard]] bool has_row(const Batch& batch, const Entry& entry, const TableSchema& table,
                             std::int64_t row);
  Statement& statement_for(const std::string& sql);

  Database& m_database;
  ValueBinder m_binder;
  LazyStatement m_find;
  LazyStatement m_add;
  std::string m_row_sql; // of m_find_row
  std::optional<Statement> m_find_row;
};

} // namespace menacedb
