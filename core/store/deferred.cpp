#include "core/store/deferred.hpp"

#include "core/db/sql_values.hpp"
#include "core/store/place_columns.hpp"

namespace menacedb {

Deferred::Deferred(Database& database)
    : m_database(database),
      m_add(database, "INSERT INTO menacedb_deferred(spool, segment, offset, lane, lane_priority, "
                      "origin, table_name, line, not_before, attempts) "
                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      m_due(database, "SELECT id, spool, segment, offset, lane, lane_priority, origin, table_name, "
                      "line, not_before, attempts FROM menacedb_deferred "
                      "WHERE not_before <= ?1 ORDER BY not_before, id LIMIT ?2"),
      m_next(database, "SELECT min(not_before) FROM menacedb_deferred"),
      m_count(database, "SELECT count(*) FROM menacedb_deferred"),
      m_place(database, "SELECT spool, segment, offset, lane, lane_priority "
                        "FROM menacedb_deferred WHERE id = ?1"),
      m_remove(database, "DELETE FROM menacedb_deferred WHERE id = ?1") {}

void Deferred::add(const NewDeferredRow& row) {
  const StatementUse use = m_add.use();
  bind_place(*use, 1, row.place);
  use->bind(6, row.origin)
      .bind(7, row.table)
      .bind_blob(8, row.line)
      .bind(9, to_sql(row.not_before))
      .bind(10, to_sql(row.attempts))
      .run();
}

std::vector<DeferredRow> Deferred::due(Instant now, std::size_t limit, Bytes max_bytes) {
  const StatementUse use = m_due.use();
  use->bind(1, to_sql(now)).bind(2, static_cast<std::int64_t>(limit));
  std::vector<DeferredRow> rows;
  Bytes bytes = 0;
  while (bytes < max_bytes && use->step()) {
    DeferredRow& row = rows.emplace_back();
    row.id = use->integer(0);
    row.place = read_place(*use, 1);
    row.origin = use->text(6);
    row.table = use->text(7);
    row.line = use->blob(8);
    row.not_before = instant_from_sql(use->integer(9));
    row.attempts = unsigned_from_sql(use->integer(10));
    bytes += row.line.size();
  }
  return rows;
}

std::optional<Instant> Deferred::next_due() {
  const StatementUse use = m_next.use();
  if (!use->step() || use->is_null(0)) {
    return std::nullopt;
  }
  return instant_from_sql(use->integer(0));
}

std::uint64_t Deferred::count() {
  const StatementUse use = m_count.use();
  return use->step() ? unsigned_from_sql(use->integer(0)) : 0;
}

std::optional<EntryPlace> Deferred::place(std::int64_t id) {
  const StatementUse use = m_place.use();
  use->bind(1, id);
  if (!use->step()) {
    return std::nullopt;
  }
  return read_place(*use, 0);
}

bool Deferred::remove(std::int64_t id) {
  const StatementUse use = m_remove.use();
  use->bind(1, id).run();
  return m_database.changes() > 0;
}

} // namespace menacedb
