#include "core/store/outbox.hpp"

#include "core/db/sql_values.hpp"
#include "core/store/place_columns.hpp"

namespace menacedb {

Outbox::Outbox(Database& database)
    : m_database(database),
      m_add(database, "INSERT INTO menacedb_outbox(spool, segment, offset, lane, lane_priority, "
                      "store, origin, table_name, line, attempts) "
                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      m_stores(database, "SELECT DISTINCT store FROM menacedb_outbox ORDER BY store"),
      m_next(database, "SELECT id, spool, segment, offset, lane, lane_priority, store, origin, "
                       "table_name, line, attempts FROM menacedb_outbox "
                       "WHERE store = ?1 ORDER BY id LIMIT ?2"),
      m_count(database, "SELECT count(*) FROM menacedb_outbox"),
      m_remove(database, "DELETE FROM menacedb_outbox WHERE id = ?1"),
      m_removed(database, "SELECT coalesce((SELECT min(id) - 1 FROM menacedb_outbox "
                          "WHERE store = ?1), (SELECT seq FROM sqlite_sequence "
                          "WHERE name = 'menacedb_outbox'), 0)") {}

void Outbox::add(const NewOutboxRow& row) {
  const StatementUse use = m_add.use();
  bind_place(*use, 1, row.place);
  use->bind(6, row.store)
      .bind(7, row.origin)
      .bind(8, row.table)
      .bind_blob(9, row.line)
      .bind(10, to_sql(row.attempts))
      .run();
}

std::vector<std::string> Outbox::pending_stores() {
  const StatementUse use = m_stores.use();
  std::vector<std::string> stores;
  while (use->step()) {
    stores.emplace_back(use->text(0));
  }
  return stores;
}

std::vector<OutboxRow> Outbox::next(std::string_view store, std::size_t limit, Bytes max_bytes) {
  const StatementUse use = m_next.use();
  use->bind(1, store).bind(2, static_cast<std::int64_t>(limit));
  std::vector<OutboxRow> rows;
  Bytes bytes = 0;
  while (bytes < max_bytes && use->step()) {
    OutboxRow& row = rows.emplace_back();
    row.id = use->integer(0);
    row.place = read_place(*use, 1);
    row.store = use->text(6);
    row.origin = use->text(7);
    row.table = use->text(8);
    row.line = use->blob(9);
    row.attempts = unsigned_from_sql(use->integer(10));
    bytes += row.line.size();
  }
  return rows;
}

std::uint64_t Outbox::count() {
  const StatementUse use = m_count.use();
  return use->step() ? unsigned_from_sql(use->integer(0)) : 0;
}

bool Outbox::remove(std::int64_t id) {
  const StatementUse use = m_remove.use();
  use->bind(1, id).run();
  return m_database.changes() > 0;
}

std::int64_t Outbox::removed_up_to(std::string_view store) {
  const StatementUse use = m_removed.use();
  use->bind(1, store);
  return use->step() ? use->integer(0) : 0;
}

Forwarded::Forwarded(Database& database)
    : m_find(database, "SELECT 1 FROM menacedb_forwarded WHERE home = ?1 AND outbox_id = ?2"),
      m_add(database, "INSERT INTO menacedb_forwarded(home, outbox_id) VALUES(?1, ?2)"),
      m_purge(database, "DELETE FROM menacedb_forwarded WHERE home = ?1 AND outbox_id <= ?2") {}

bool Forwarded::is_known(std::string_view home, std::int64_t outbox_id) {
  const StatementUse use = m_find.use();
  use->bind(1, home).bind(2, outbox_id);
  return use->step();
}

void Forwarded::remember(std::string_view home, std::int64_t outbox_id) {
  const StatementUse use = m_add.use();
  use->bind(1, home).bind(2, outbox_id).run();
}

void Forwarded::purge(std::string_view home, std::int64_t up_to) {
  const StatementUse use = m_purge.use();
  use->bind(1, home).bind(2, up_to).run();
}

} // namespace menacedb
