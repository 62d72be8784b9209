#include "core/store/table_growth.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

constexpr std::size_t k_longest_name = 128;

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Names that need no care wherever they are shown or typed.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= k_longest_name && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// content_hash is what deduplication goes by: who wants it makes it.
bool is_plain_column(std::string_view name) {
  return is_plain_name(name) && !equals_ignoring_case(name, "content_hash");
}

// The entry will write its row here, if nothing is wrong with the row itself.
bool writes_row(const Batch& batch, const Entry& entry, Instant now) {
  const bool is_row = entry.fault < 0 && entry.data != k_no_node && !entry.is_sql() &&
                      (entry.op == Op::insert || entry.op == Op::upsert);
  const bool is_home = entry.destination >= batch.destinations.size() ||
                       batch.destinations[entry.destination].kind == Destination::Kind::home;
  return is_row && is_home && (!entry.not_before || *entry.not_before <= now);
}

} // namespace

TableGrowth::TableGrowth(Database& database, SchemaCache& schema, GrowthRule rule)
    : m_database(database), m_schema(schema), m_rule(std::move(rule)) {}

TableGrowth::Type TableGrowth::type_of(const JsonValue& value) {
  switch (value.type) {
  case JsonType::null:
    return Type::none;
  case JsonType::boolean:
  case JsonType::integer:
    return Type::integer;
  case JsonType::real:
    return Type::real;
  case JsonType::object:
    return value.raw.find("\"$blob\"") == std::string_view::npos ? Type::text : Type::blob;
  case JsonType::array:
  case JsonType::string:
  case JsonType::big_integer:
    return Type::text;
  }
  return Type::text;
}

TableGrowth::Type TableGrowth::both(Type a, Type b) {
  if (a == b || b == Type::none) {
    return a;
  }
  if (a == Type::none) {
    return b;
  }
  const auto is_number = [](Type type) { return type == Type::integer || type == Type::real; };
  if (is_number(a) && is_number(b)) {
    return Type::real;
  }
  return is_number(a) || is_number(b) ? Type::text : Type::blob; // text and bytes
}

std::string_view TableGrowth::word(Type type) {
  switch (type) {
  case Type::integer:
    return "INTEGER";
  case Type::real:
    return "FLOAT";
  case Type::blob:
    return "BLOB";
  case Type::none:
  case Type::text:
    break;
  }
  return "TEXT";
}

bool TableGrowth::grow(const Batch& batch, Instant now) {
  if (!m_rule || batch.entries.empty()) {
    return false;
  }
  m_wanted.clear();
  for (const Entry& entry : batch.entries) {
    if (writes_row(batch, entry, now)) {
      gather(batch, entry);
    }
  }
  bool has_grown = false;
  for (const auto& [name, columns] : m_wanted) {
    if (columns.empty()) {
      continue;
    }
    const TableSchema* const table = m_schema.find(name);
    has_grown |= table == nullptr ? make_table(name, columns) : add_columns(*table, columns);
  }
  return has_grown;
}

// A row that needs what cannot be made fails, so nothing is made for it.
void TableGrowth::gather(const Batch& batch, const Entry& entry) {
  const TableSchema* const table = m_schema.find(entry.table);
  if (!may_grow(entry, table) || !find_missing(batch.tape, entry, table)) {
    return;
  }
  Columns& columns = m_wanted[std::string(entry.table)];
  const auto known = [&columns](const JsonValue& value) {
    return std::ranges::find_if(columns, [&value](const Column& column) {
      return equals_ignoring_case(column.name, value.key);
    });
  };
  std::size_t count = columns.size() + (table == nullptr ? 0 : table->columns.size());
  for (const JsonValue* const value : m_missing) {
    count += known(*value) == columns.end() ? 1 : 0;
  }
  if (count > k_most_columns) {
    return;
  }
  for (const JsonValue* const value : m_missing) {
    if (const auto column = known(*value); column != columns.end()) {
      column->type = both(column->type, type_of(*value));
    } else {
      columns.push_back({std::string(value->key), type_of(*value)});
    }
  }
}

bool TableGrowth::may_grow(const Entry& entry, const TableSchema* table) const {
  if (table == nullptr) { // it gets no key, so an upsert finds none to go by
    return entry.op == Op::insert && is_plain_name(entry.table) && m_rule(entry.table).creates;
  }
  return table->is_table && m_rule(table->name).alters;
}

// Into m_missing. False: none is missing, or one cannot be made.
bool TableGrowth::find_missing(const JsonTape& tape, const Entry& entry, const TableSchema* table) {
  m_missing.clear();
  std::uint32_t node = entry.data + 1;
  for (std::uint32_t i = 0; i < tape.at(entry.data).child_count;
       ++i, node = tape.next_sibling(node)) {
    const JsonValue& value = tape.at(node);
    if (table != nullptr && table->find_column(value.key)) {
      continue;
    }
    const bool fits = is_plain_column(value.key) && value.type != JsonType::big_integer;
    if (!fits || m_missing.size() >= k_most_columns) {
      return false;
    }
    m_missing.push_back(&value);
  }
  return !m_missing.empty();
}

// False: SQLite does not like it, for instance because an index has the name. The rows will say so.
bool TableGrowth::make(const std::string& sql) {
  try {
    m_database.execute(sql, "make room for rows");
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::sql || !m_database.is_in_transaction()) {
      throw;
    }
    return false;
  }
}

bool TableGrowth::make_table(const std::string& name, const Columns& columns) {
  std::string sql = fmt::format("CREATE TABLE {} (", quote_identifier(name));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    sql += fmt::format("{}{} {}", i == 0 ? "" : ", ", quote_identifier(columns[i].name),
                       word(columns[i].type));
  }
  return make(sql + ")");
}

bool TableGrowth::add_columns(const TableSchema& table, const Columns& columns) {
  bool has_grown = false;
  for (const Column& column : columns) {
    has_grown |= make(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", table.quoted,
                                  quote_identifier(column.name), word(column.type)));
  }
  return has_grown;
}

} // namespace menacedb
