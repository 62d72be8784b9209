#include "core/queue/failed_entries.hpp"

#include "core/queue/job_list.hpp"

#include <optional>

namespace menacedb {
namespace {

#define MENACEDB_IS_FAILED                                                                         \
  "WHERE id = ?1 AND run = ?2 AND status = 'failed' AND job_type = 'menacedb-entry'"

} // namespace

void each_failed_entry(Database& database, const std::function<bool(const Job&)>& visit) {
  JobList list(database);
  Statement numbers = database.prepare("SELECT id FROM sync_jobs WHERE status = 'failed' "
                                       "AND job_type = 'menacedb-entry' ORDER BY id");
  while (numbers.step()) {
    const std::optional<Job> job = list.find(numbers.integer(0));
    if (job && !visit(*job)) {
      return;
    }
  }
}

FailedEntries::FailedEntries(Database& database)
    : m_database(database),
      m_replay(database, "UPDATE sync_jobs SET status = 'pending', attempts = 0, not_before = "
                         "0 " MENACEDB_IS_FAILED),
      m_remove(database, "DELETE FROM sync_jobs " MENACEDB_IS_FAILED) {}

bool FailedEntries::replay(const FailedEntry& entry) {
  return change(m_replay, entry);
}

bool FailedEntries::remove(const FailedEntry& entry) {
  return change(m_remove, entry);
}

bool FailedEntries::change(LazyStatement& statement, const FailedEntry& entry) {
  const StatementUse use = statement.use();
  use->bind(1, entry.id).bind(2, entry.run).run();
  return m_database.changes() != 0;
}

} // namespace menacedb
