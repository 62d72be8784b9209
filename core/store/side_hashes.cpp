#include "core/store/side_hashes.hpp"

#include <fmt/format.h>

#include <vector>

namespace menacedb {

namespace {

struct Compared {
  const Column* column;
  std::uint32_t node;
};

// The members that were hashed, as far as they are columns.
std::vector<Compared> hashed_columns(const Batch& batch, const Entry& entry,
                                     const TableSchema& table) {
  const JsonTape& tape = batch.tape;
  std::vector<Compared> compared;
  const auto add = [&](std::uint32_t node) {
    if (const auto column = table.find_column(tape.at(node).key)) {
      compared.push_back({&table.columns[*column], node});
    }
  };
  const bool has_list =
      entry.hash_fields != k_no_node && tape.at(entry.hash_fields).child_count > 0;
  const std::uint32_t list = has_list ? entry.hash_fields : entry.data;
  std::uint32_t node = list + 1;
  for (std::uint32_t i = 0; i < tape.at(list).child_count; ++i, node = tape.next_sibling(node)) {
    const auto member = has_list ? tape.find(entry.data, tape.at(node).text) : std::optional(node);
    if (member) {
      add(*member);
    }
  }
  return compared;
}

} // namespace

SideHashes::SideHashes(Database& database)
    : m_database(database),
      m_find(database, "SELECT row FROM menacedb_hash WHERE table_name = ?1 AND hash = ?2"),
      m_add(database, "INSERT INTO menacedb_hash(table_name, hash, row) VALUES(?1, ?2, ?3) "
                      "ON CONFLICT(table_name, hash) DO UPDATE SET row = excluded.row") {}

bool SideHashes::has(const Batch& batch, const Entry& entry, const TableSchema& table,
                     const RowHash& hash) {
  std::optional<std::int64_t> row;
  {
    const StatementUse use = m_find.use();
    use->bind(1, std::string_view(table.name)).bind_blob(2, hash.bytes());
    if (!use->step()) {
      return false;
    }
    if (!use->is_null(0)) {
      row = use->integer(0);
    }
  }
  return !row || table.rowid.empty() || has_row(batch, entry, table, *row);
}

bool SideHashes::has_row(const Batch& batch, const Entry& entry, const TableSchema& table,
                         std::int64_t row) {
  const std::vector<Compared> compared =
      table.has_triggers ? std::vector<Compared>() : hashed_columns(batch, entry, table);
  std::string sql = fmt::format("SELECT 1 FROM {} WHERE {} = ?1", table.quoted, table.rowid);
  int parameter = 1;
  for (const Compared& one : compared) {
    sql += fmt::format(" AND {} IS ?{}", one.column->quoted, ++parameter);
  }
  const StatementUse use(statement_for(sql));
  use->bind(1, row);
  m_binder.forget();
  parameter = 1;
  for (const Compared& one : compared) {
    if (!m_binder.bind(*use, ++parameter, batch.tape.at(one.node))) {
      return false; // the insert will say why it cannot be stored
    }
  }
  return use->step();
}

Statement& SideHashes::statement_for(const std::string& sql) {
  if (!m_find_row || m_row_sql != sql) {
    m_find_row.emplace(m_database.prepare(sql));
    m_row_sql = sql;
  }
  return *m_find_row;
}

void SideHashes::remember(const TableSchema& table, const RowHash& hash) {
  // A trigger may have ignored the insert; the last rowid is another row's then.
  const bool has_row = !table.rowid.empty() && m_database.changes() > 0;
  const std::int64_t row = m_database.last_insert_id();
  const StatementUse use = m_add.use();
  use->bind(1, std::string_view(table.name)).bind_blob(2, hash.bytes());
  if (has_row) {
    use->bind(3, row);
  } else {
    use->bind_null(3);
  }
  use->run();
}

void SideHashes::forget_schema() {
  m_find_row.reset();
}

} // namespace menacedb
