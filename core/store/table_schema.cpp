#include "core/store/table_schema.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <utility>

namespace menacedb {

namespace {

// Names come from queues, so they are as many as somebody likes.
constexpr std::size_t k_remembered_names = 1024;

bool is_reserved_name(std::string_view name) {
  const std::string lower = to_lower(name);
  return lower.starts_with("menacedb_") || lower.starts_with("sqlite_");
}

Column::Kind column_kind(std::int64_t hidden) noexcept {
  switch (hidden) {
  case 0:
    return Column::Kind::normal;
  case 2:
  case 3:
    return Column::Kind::generated;
  default:
    return Column::Kind::hidden;
  }
}

std::vector<std::string> primary_key_of(const std::vector<Column>& columns) {
  std::vector<const Column*> parts;
  for (const Column& column : columns) {
    if (column.key_position > 0) {
      parts.push_back(&column);
    }
  }
  std::sort(parts.begin(), parts.end(),
            [](const Column* a, const Column* b) { return a->key_position < b->key_position; });
  std::vector<std::string> names;
  for (const Column* part : parts) {
    names.push_back(part->name);
  }
  return names;
}

} // namespace

std::optional<std::size_t> TableSchema::find_column(std::string_view column) const noexcept {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (equals_ignoring_case(columns[i].name, column)) {
      return i;
    }
  }
  return std::nullopt;
}

SchemaCache::SchemaCache(Database& database, std::function<Dedup(std::string_view table)> dedup)
    : m_database(database), m_dedup(std::move(dedup)) {}

bool SchemaCache::is_current() {
  return m_version && *m_version == m_database.schema_version();
}

void SchemaCache::forget() {
  m_version.reset();
  m_hazards.reset();
  m_tables.clear();
  m_last_name.clear();
  m_last = nullptr;
}

TableSchema* SchemaCache::find(std::string_view name) {
  if (m_last != nullptr && m_last_name == name) [[likely]] {
    return m_last;
  }
  if (!m_version) {
    // Read first: a change while the tables are learned then shows as not current.
    m_version = m_database.schema_version();
  }
  auto found = m_tables.find(name);
  if (found == m_tables.end()) {
    std::optional<TableSchema> table = learn(name);
    if (!table && m_tables.size() >= k_remembered_names) {
      return nullptr;
    }
    found = m_tables.emplace(std::string(name), std::move(table)).first;
  }
  if (!found->second) {
    return nullptr;
  }
  m_last_name = name;
  m_last = &*found->second;
  return m_last;
}

const SqlHazards& SchemaCache::hazards() {
  if (!m_hazards) {
    SqlHazards hazards;
    Statement statement = m_database.prepare(
        "SELECT sql FROM sqlite_master WHERE type IN ('table', 'trigger') AND sql IS NOT NULL "
        "AND substr(lower(tbl_name), 1, 9) <> 'menacedb_'");
    while (statement.step()) {
      find_hazards(hazards, statement.text(0));
    }
    m_hazards = hazards;
  }
  return *m_hazards;
}

std::optional<TableSchema> SchemaCache::learn(std::string_view name) {
  TableSchema table;
  if (is_reserved_name(name)) {
    table.name = name;
    table.is_reserved = true;
    return table;
  }
  Statement statement = m_database.prepare(
      "SELECT name, EXISTS(SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND "
      "tbl_name = ?1 COLLATE NOCASE), type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
      "FROM sqlite_master "
      "WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE");
  statement.bind(1, name);
  if (!statement.step()) {
    return std::nullopt;
  }
  table.name = statement.text(0);
  table.quoted = quote_identifier(table.name);
  table.has_triggers = statement.integer(1) != 0;
  table.is_table = statement.integer(2) != 0;
  learn_columns(table);
  if (m_dedup) {
    table.dedup = m_dedup(table.name);
  }
  if (table.uses_side_hashes()) {
    table.rowid = rowid_of(table);
  }
  return table;
}

std::string SchemaCache::rowid_of(const TableSchema& table) {
  Statement statement = m_database.prepare(
      "SELECT 1 FROM pragma_table_list(?1) WHERE schema = 'main' AND type = 'table' AND wr = 0");
  statement.bind(1, std::string_view(table.name));
  if (statement.step()) {
    for (const char* const name : {"rowid", "_rowid_", "oid"}) {
      if (!table.find_column(name)) {
        return name;
      }
    }
  }
  return {};
}

void SchemaCache::learn_columns(TableSchema& table) {
  Statement statement = m_database.prepare(
      "SELECT name, dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid");
  statement.bind(1, std::string_view(table.name));
  while (statement.step()) {
    Column& column = table.columns.emplace_back();
    column.name = statement.text(0);
    column.quoted = quote_identifier(column.name);
    column.default_sql = statement.text(1);
    column.key_position = static_cast<int>(statement.integer(2));
    column.kind = column_kind(statement.integer(3));
  }
  table.primary_key = primary_key_of(table.columns);
  table.content_hash = table.find_column("content_hash");
  table.source_menace_id = table.find_column("source_menace_id");
  if (table.content_hash && table.columns[*table.content_hash].kind != Column::Kind::normal) {
    table.content_hash.reset();
  }
  if (table.source_menace_id &&
      table.columns[*table.source_menace_id].kind != Column::Kind::normal) {
    table.source_menace_id.reset();
  }
  if (table.content_hash) {
    table.has_unique_content_hash =
        has_unique_index(table.name, table.columns[*table.content_hash].name);
  }
}

bool SchemaCache::has_unique_index(const std::string& table, std::string_view column) {
  Statement statement = m_database.prepare(
      "SELECT 1 FROM pragma_index_list(?1, 'main') AS list WHERE \"unique\" = 1 AND partial = 0 "
      "AND (SELECT count(*) FROM pragma_index_info(list.name, 'main')) = 1 "
      "AND (SELECT name FROM pragma_index_info(list.name, 'main')) = ?2 COLLATE NOCASE LIMIT 1");
  statement.bind(1, std::string_view(table)).bind(2, column);
  return statement.step();
}

} // namespace menacedb
