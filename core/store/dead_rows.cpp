#include "core/store/dead_rows.hpp"

#include "core/db/sql_values.hpp"
#include "core/store/place_columns.hpp"

#include <fmt/format.h>

namespace menacedb {

namespace {

#define MENACEDB_DEAD_COLUMNS                                                                      \
  "id, spool, segment, offset, lane, lane_priority, origin, table_name, entry_id, line, "          \
  "is_truncated, code, error, attempts, failed_at, state"

DeadState parse_state(std::string_view word) {
  if (word == "replayed") {
    return DeadState::replayed;
  }
  return word == "discarded" ? DeadState::discarded : DeadState::dead;
}

DeadRow read_row(const Statement& row) {
  DeadRow dead;
  dead.id = row.integer(0);
  dead.place = read_place(row, 1);
  dead.origin = row.text(6);
  dead.table = row.text(7);
  dead.entry_id = row.text(8);
  dead.line = row.blob(9);
  dead.is_truncated = row.integer(10) != 0;
  dead.fault = Fault{std::string(row.text(11)), std::string(row.text(12))};
  dead.attempts = unsigned_from_sql(row.integer(13));
  dead.failed_at = instant_from_sql(row.integer(14));
  dead.state = parse_state(row.text(15));
  return dead;
}

std::vector<DeadRow> read_rows(Statement& statement) {
  std::vector<DeadRow> rows;
  while (statement.step()) {
    rows.push_back(read_row(statement));
  }
  return rows;
}

std::int64_t limit_for_sql(std::size_t limit) {
  return limit == 0 ? -1 : static_cast<std::int64_t>(limit);
}

std::string spool_path_name(std::string_view spool) {
  return fmt::format("spool_path:{}", spool);
}

std::string known_size_name(std::string_view spool) {
  return fmt::format("failed_file:{}", spool);
}

} // namespace

std::string_view dead_state_word(DeadState state) noexcept {
  switch (state) {
  case DeadState::dead:
    return "dead";
  case DeadState::replayed:
    return "replayed";
  case DeadState::discarded:
    return "discarded";
  }
  return "dead";
}

DeadRows::DeadRows(Database& database)
    : m_database(database),
      m_is_noted(database, "SELECT 1 FROM menacedb_meta WHERE name = ?1 AND value = ?2"),
      m_note_spool(database, "INSERT INTO menacedb_meta(name, value) VALUES(?1, ?2) "
                             "ON CONFLICT(name) DO UPDATE SET value = excluded.value"),
      m_add(database, "INSERT INTO menacedb_dead(spool, segment, offset, lane, lane_priority, "
                      "origin, table_name, entry_id, line, is_truncated, code, error, attempts, "
                      "failed_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
                      "?14) ON CONFLICT(spool, segment, offset) DO UPDATE SET "
                      "origin = excluded.origin, table_name = excluded.table_name, "
                      "entry_id = excluded.entry_id, line = excluded.line, "
                      "is_truncated = excluded.is_truncated, code = excluded.code, "
                      "error = excluded.error, attempts = excluded.attempts, "
                      "failed_at = excluded.failed_at, state = 'dead', exported = 0"),
      m_unexported(database, "SELECT " MENACEDB_DEAD_COLUMNS " FROM menacedb_dead "
                             "WHERE exported = 0 AND (spool IN (?1, '') OR spool IN "
                             "(SELECT substr(earlier.name, 12) FROM menacedb_meta AS earlier "
                             "JOIN menacedb_meta AS own ON own.value = earlier.value "
                             "WHERE own.name = 'spool_path:' || ?1 "
                             "AND earlier.name GLOB 'spool_path:*')) "
                             "ORDER BY id LIMIT ?2"),
      m_mark_exported(database, "UPDATE menacedb_dead SET exported = 1 WHERE id = ?1"),
      m_exported(database, "SELECT segment, offset FROM menacedb_dead WHERE spool = ?1 "
                           "AND state = 'dead' AND exported = 1 ORDER BY segment, offset"),
      m_known_size(database, "SELECT value FROM menacedb_meta WHERE name = ?1"),
      m_set_known_size(database, "INSERT INTO menacedb_meta(name, value) VALUES(?1, ?2) "
                                 "ON CONFLICT(name) DO UPDATE SET value = excluded.value"),
      m_count(database, "SELECT count(*) FROM menacedb_dead WHERE state = ?1"),
      m_list(database, "SELECT " MENACEDB_DEAD_COLUMNS " FROM menacedb_dead "
                       "WHERE state = 'dead' AND (?1 = '' OR table_name = ?1) "
                       "AND (?2 = '' OR instr(lower(error), lower(?2)) > 0) "
                       "ORDER BY id LIMIT ?3"),
      m_groups(database,
               "SELECT found.error, found.table_name, total, first_at, last_at, newest.line FROM "
               "(SELECT error, table_name, count(*) AS total, min(failed_at) AS first_at, "
               "max(failed_at) AS last_at, max(id) AS newest_id FROM menacedb_dead "
               "WHERE state = 'dead' AND (?1 = '' OR table_name = ?1) "
               "AND (?2 = '' OR instr(lower(error), lower(?2)) > 0) "
               "GROUP BY error, table_name) AS found "
               "JOIN menacedb_dead AS newest ON newest.id = found.newest_id "
               "ORDER BY total DESC, found.error, found.table_name LIMIT ?3"),
      m_find_entry(database, "SELECT " MENACEDB_DEAD_COLUMNS " FROM menacedb_dead "
                             "WHERE entry_id = ?1 AND entry_id <> '' ORDER BY id DESC LIMIT 1"),
      m_mark(database, "UPDATE menacedb_dead SET state = ?4, exported = 1 "
                       "WHERE spool = ?1 AND segment = ?2 AND offset = ?3 AND state = 'dead'"),
      m_mark_row(database, "UPDATE menacedb_dead SET state = ?2, exported = 1 "
                           "WHERE id = ?1 AND state = 'dead' AND exported = 0"),
      m_page(database, "SELECT " MENACEDB_DEAD_COLUMNS " FROM menacedb_dead "
                       "WHERE id > ?1 ORDER BY id LIMIT ?2"),
      m_tally(database, "INSERT INTO menacedb_meta(name, value) "
                        "SELECT 'dead_forgotten:' || state, 1 FROM menacedb_dead WHERE id = ?1 "
                        "ON CONFLICT(name) DO UPDATE SET value = value + 1"),
      m_forget(database, "DELETE FROM menacedb_dead WHERE id = ?1") {}

void DeadRows::add(const NewDeadRow& row) {
  const StatementUse use = m_add.use();
  bind_place(*use, 1, row.place);
  use->bind(6, row.origin).bind(7, row.table).bind(8, row.entry_id).bind_blob(9, row.line);
  use->bind(10, std::int64_t{row.is_truncated ? 1 : 0})
      .bind(11, std::string_view(row.fault.code))
      .bind(12, std::string_view(row.fault.message))
      .bind(13, to_sql(row.attempts))
      .bind(14, to_sql(row.failed_at));
  use->run();
}

bool DeadRows::is_noted(std::string_view spool, std::string_view path) {
  const std::string name = spool_path_name(spool);
  const StatementUse use = m_is_noted.use();
  use->bind(1, std::string_view(name)).bind(2, path);
  return use->step();
}

void DeadRows::note_spool(std::string_view spool, std::string_view path) {
  const std::string name = spool_path_name(spool);
  const StatementUse use = m_note_spool.use();
  use->bind(1, std::string_view(name)).bind(2, path).run();
}

std::vector<DeadRow> DeadRows::unexported(std::string_view spool, std::size_t limit) {
  const StatementUse use = m_unexported.use();
  use->bind(1, spool).bind(2, limit_for_sql(limit));
  return read_rows(*use);
}

std::vector<DeadRows::Spot> DeadRows::exported(std::string_view spool) {
  std::vector<Spot> spots;
  const StatementUse use = m_exported.use();
  use->bind(1, spool);
  while (use->step()) {
    spots.push_back({unsigned_from_sql(use->integer(0)), unsigned_from_sql(use->integer(1))});
  }
  return spots;
}

void DeadRows::mark_exported(std::span<const std::int64_t> ids, std::string_view spool,
                             Bytes file_size) {
  for (const std::int64_t id : ids) {
    const StatementUse use = m_mark_exported.use();
    use->bind(1, id).run();
  }
  set_known_size(spool, file_size);
}

Bytes DeadRows::known_size(std::string_view spool) {
  const std::string name = known_size_name(spool);
  const StatementUse use = m_known_size.use();
  use->bind(1, std::string_view(name));
  return use->step() ? unsigned_from_sql(use->integer(0)) : 0;
}

void DeadRows::set_known_size(std::string_view spool, Bytes file_size) {
  const std::string name = known_size_name(spool);
  const StatementUse use = m_set_known_size.use();
  use->bind(1, std::string_view(name)).bind(2, to_sql(file_size)).run();
}

std::uint64_t DeadRows::count(DeadState state) {
  const StatementUse use = m_count.use();
  use->bind(1, dead_state_word(state));
  return use->step() ? unsigned_from_sql(use->integer(0)) : 0;
}

std::vector<DeadRow> DeadRows::list(const DeadFilter& filter) {
  const StatementUse use = m_list.use();
  use->bind(1, filter.table).bind(2, filter.error).bind(3, limit_for_sql(filter.limit));
  return read_rows(*use);
}

std::vector<DeadGroup> DeadRows::groups(const DeadFilter& filter) {
  const StatementUse use = m_groups.use();
  use->bind(1, filter.table).bind(2, filter.error).bind(3, limit_for_sql(filter.limit));
  std::vector<DeadGroup> groups;
  while (use->step()) {
    DeadGroup& group = groups.emplace_back();
    group.error = use->text(0);
    group.table = use->text(1);
    group.count = unsigned_from_sql(use->integer(2));
    group.first_at = instant_from_sql(use->integer(3));
    group.last_at = instant_from_sql(use->integer(4));
    group.sample = use->blob(5);
  }
  return groups;
}

std::optional<DeadRow> DeadRows::find_entry(std::string_view entry_id) {
  const StatementUse use = m_find_entry.use();
  use->bind(1, entry_id);
  if (!use->step()) {
    return std::nullopt;
  }
  return read_row(*use);
}

bool DeadRows::mark(std::int64_t row, DeadState state) {
  const StatementUse use = m_mark_row.use();
  use->bind(1, row).bind(2, dead_state_word(state)).run();
  return m_database.changes() > 0;
}

std::vector<DeadRow> DeadRows::page(std::int64_t after, std::size_t limit) {
  const StatementUse use = m_page.use();
  use->bind(1, after).bind(2, limit_for_sql(limit));
  return read_rows(*use);
}

void DeadRows::forget(std::span<const std::int64_t> ids) {
  for (const std::int64_t id : ids) {
    const StatementUse tally = m_tally.use();
    tally->bind(1, id).run();
    const StatementUse forget = m_forget.use();
    forget->bind(1, id).run();
  }
}

bool DeadRows::mark(const SegmentId& segment, Bytes offset, DeadState state) {
  const StatementUse use = m_mark.use();
  use->bind(1, std::string_view(segment.spool))
      .bind(2, to_sql(segment.sequence))
      .bind(3, to_sql(offset))
      .bind(4, dead_state_word(state))
      .run();
  return m_database.changes() > 0;
}

} // namespace menacedb
