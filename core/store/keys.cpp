#include "core/store/keys.hpp"

#include "core/db/sql_values.hpp"

namespace menacedb {

Keys::Keys(Database& database)
    : m_find(database, "SELECT decided_at FROM menacedb_key WHERE table_name = ?1 AND key = ?2"),
      m_remember(database, "INSERT INTO menacedb_key(table_name, key, decided_at) "
                           "VALUES(?1, ?2, ?3) ON CONFLICT(table_name, key) "
                           "DO UPDATE SET decided_at = excluded.decided_at"),
      m_forget(database, "DELETE FROM menacedb_key WHERE table_name = ?1 AND key = ?2"),
      m_purge(database, "DELETE FROM menacedb_key WHERE (table_name, key) IN "
                        "(SELECT table_name, key FROM menacedb_key WHERE decided_at < ?1 "
                        "ORDER BY decided_at LIMIT ?2)") {}

std::optional<Instant> Keys::decided_at(std::string_view table, std::string_view key) {
  const StatementUse use = m_find.use();
  use->bind(1, table).bind(2, key);
  if (!use->step()) {
    return std::nullopt;
  }
  return instant_from_sql(use->integer(0));
}

void Keys::remember(std::string_view table, std::string_view key, Instant now) {
  const StatementUse use = m_remember.use();
  use->bind(1, table).bind(2, key).bind(3, to_sql(now)).run();
}

void Keys::forget(std::string_view table, std::string_view key) {
  const StatementUse use = m_forget.use();
  use->bind(1, table).bind(2, key).run();
}

void Keys::purge(Instant horizon, std::size_t limit) {
  const StatementUse use = m_purge.use();
  use->bind(1, to_sql(horizon)).bind(2, static_cast<std::int64_t>(limit)).run();
}

} // namespace menacedb
