#pragma once

#include "core/db/database.hpp"
#include "core/store/dedup.hpp"
#include "core/store/sql_hazards.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace menacedb {

struct RowPlan; // core/store/row_plan.hpp

struct Column {
  enum class Kind { normal, hidden, generated };

  std::string name;
  std::string quoted;
  std::string default_sql; // the text of its DEFAULT; empty: none
  int key_position = 0;    // in the primary key, from 1; 0: not in it
  Kind kind = Kind::normal;
};

// What the schema says about one table or view, learned once.
struct TableSchema {
  std::string name; // as the schema spells it
  std::string quoted;
  bool is_reserved = false; // menacedb's own or SQLite's: entries may not touch it
  bool has_triggers = false;
  bool is_table = false; // an ordinary one: no view, not virtual
  // What its rowid is called; empty: it has none, it is a view, or columns took all its names.
  // Learned where hashes are kept beside the table.
  std::string rowid;
  std::vector<Column> columns;
  std::vector<std::string> primary_key; // names, in its order
  std::optional<std::size_t> content_hash;
  bool has_unique_content_hash = false;
  std::optional<std::size_t> source_menace_id;
  Dedup dedup;

  // The plan of the last insert; the fast path of rows that look alike. Owned by the PlanCache.
  RowPlan* last_insert = nullptr;
  // Finds a row by its content hash; made when first needed.
  std::optional<Statement> find_hash;

  [[nodiscard]] bool fills_content_hash() const noexcept {
    return content_hash.has_value() &&
           (dedup.kind == DedupKind::automatic || dedup.kind == DedupKind::content);
  }
  [[nodiscard]] bool uses_side_hashes() const noexcept {
    return !content_hash && dedup.kind == DedupKind::content;
  }
  // As SQLite compares names: ASCII case ignored.
  [[nodiscard]] std::optional<std::size_t> find_column(std::string_view column) const noexcept;
};

// The schema of a database as far as entries ask for it. Not thread-safe.
class SchemaCache {
public:
  SchemaCache(Database& database, std::function<Dedup(std::string_view table)> dedup);

  // Whether the schema is still the one that was learned.
  [[nodiscard]] bool is_current();
  // Forgets everything; addresses of tables are valid until then.
  void forget();
  // None when there is no such table. The last answer is remembered.
  [[nodiscard]] TableSchema* find(std::string_view name);
  [[nodiscard]] const SqlHazards& hazards();

private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  [[nodiscard]] std::optional<TableSchema> learn(std::string_view name);
  void learn_columns(TableSchema& table);
  [[nodiscard]] std::string rowid_of(const TableSchema& table);
  [[nodiscard]] bool has_unique_index(const std::string& table, std::string_view column);

  Database& m_database;
  std::function<Dedup(std::string_view)> m_dedup;
  std::optional<std::uint64_t> m_version;
  std::optional<SqlHazards> m_hazards;
  // By the name as entries spell it: none when there is no such table.
  std::unordered_map<std::string, std::optional<TableSchema>, Hash, std::equal_to<>> m_tables;
  std::string m_last_name;
  TableSchema* m_last = nullptr;
};

} // namespace menacedb
