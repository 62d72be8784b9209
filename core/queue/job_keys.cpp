#include "core/queue/job_keys.hpp"

#include "core/db/sql_values.hpp"

#include <algorithm>

namespace menacedb {
namespace {

// The pending one by its own index, the running one among the few that run.
constexpr std::string_view k_find =
    "SELECT id, job_type, 1, coalesce(attempts, 0), not_before FROM sync_jobs "
    "WHERE unique_key = ?2 AND job_type = ?1 AND status = 'pending' UNION ALL "
    "SELECT id, job_type, 0, coalesce(attempts, 0), not_before FROM sync_jobs "
    "WHERE +unique_key = ?2 AND +job_type = ?1 AND status = 'running' LIMIT 1";
constexpr std::string_view k_pending =
    "SELECT id, job_type, 1, coalesce(attempts, 0), not_before FROM sync_jobs "
    "WHERE unique_key >= ?1 AND substr(unique_key, 1, length(?1)) = ?1 AND status = 'pending'";

KeyedJob read(const Statement& row) {
  return {row.integer(0), std::string(row.text(1)), row.integer(2) != 0,
          unsigned_from_sql(std::max<std::int64_t>(row.integer(3), 0)),
          instant_from_sql(row.integer(4))};
}

} // namespace

JobKeys::JobKeys(Database& database)
    : m_find(database, k_find),
      m_pending(database, k_pending),
      m_move(database, "UPDATE sync_jobs SET not_before = ?2 WHERE id = ?1 AND status = 'pending'"),
      m_remove(database, "DELETE FROM sync_jobs WHERE id = ?1 AND status = 'pending'") {}

std::optional<KeyedJob> JobKeys::find(std::string_view type, std::string_view key) {
  const StatementUse use = m_find.use();
  use->bind(1, type).bind(2, key);
  return use->step() ? std::optional(read(*use)) : std::nullopt;
}

std::vector<KeyedJob> JobKeys::pending(std::string_view key_prefix) {
  std::vector<KeyedJob> jobs;
  const StatementUse use = m_pending.use();
  use->bind(1, key_prefix);
  while (use->step()) {
    jobs.push_back(read(*use));
  }
  return jobs;
}

void JobKeys::move(std::int64_t id, Instant not_before) {
  const StatementUse use = m_move.use();
  use->bind(1, id).bind(2, to_sql(not_before)).run();
}

void JobKeys::remove(std::int64_t id) {
  const StatementUse use = m_remove.use();
  use->bind(1, id).run();
}

} // namespace menacedb
