#pragma once

#include "core/db/database.hpp"
#include "core/model/batch.hpp"
#include "core/store/table_schema.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What may be made for the rows of a table.
struct Growth {
  bool creates = false; // the table, when it is missing
  bool alters = false;  // columns that it lacks
};
using GrowthRule = std::function<Growth(std::string_view table)>;

// Makes missing tables and columns from the rows of a batch, where the settings allow it: in the
// batch's own transaction, so that they come with the first row or not at all. Types are those that
// sqlite-utils infers: INTEGER, FLOAT, BLOB or TEXT, by all values of the batch, null left aside.
// Names must be plain words; a table gets k_most_columns columns at most, and a row that needs more
// than may be made gets nothing made: it fails as it would without this. Not thread-safe.
class TableGrowth {
public:
  static constexpr std::size_t k_most_columns = 200;

  TableGrowth(Database& database, SchemaCache& schema, GrowthRule rule); // empty: makes nothing

  // Inside the transaction, the schema being current. True when it has changed something.
  [[nodiscard]] bool grow(const Batch& batch, Instant now);

private:
  enum class Type { none, integer, real, blob, text };
  struct Column {
    std::string name;
    Type type = Type::none;
  };
  using Columns = std::vector<Column>; // in the order of the first row that has them

  [[nodiscard]] static Type type_of(const JsonValue& value);
  [[nodiscard]] static Type both(Type a, Type b);
  [[nodiscard]] static std::string_view word(Type type);
  void gather(const Batch& batch, const Entry& entry);
  [[nodiscard]] bool may_grow(const Entry& entry, const TableSchema* table) const;
  [[nodiscard]] bool find_missing(const JsonTape& tape, const Entry& entry,
                                  const TableSchema* table);
  [[nodiscard]] bool make(const std::string& sql);
  [[nodiscard]] bool make_table(const std::string& name, const Columns& columns);
  [[nodiscard]] bool add_columns(const TableSchema& table, const Columns& columns);

  Database& m_database;
  SchemaCache& m_schema;
  GrowthRule m_rule;
  std::map<std::string, Columns, std::less<>> m_wanted; // by table, as entries spell it
  std::vector<const JsonValue*> m_missing;              // of one row
};

} // namespace menacedb
