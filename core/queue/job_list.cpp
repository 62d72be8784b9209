#include "core/queue/job_list.hpp"

#include "core/base/text.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/db/sql_values.hpp"
#include "core/queue/job_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace menacedb {
namespace {

constexpr std::array k_status_words = {job_status::k_cancelled, job_status::k_completed,
                                       job_status::k_failed, job_status::k_pending,
                                       job_status::k_running};

// The columns that read_job() wants; NULL for those that the table has not.
std::string present_columns(Database& database) {
  Statement statement = database.prepare("SELECT name FROM pragma_table_info('sync_jobs')");
  std::vector<std::string> present;
  while (statement.step()) {
    present.push_back(to_lower(statement.text(0)));
  }
  std::string columns;
  for (const std::string& name : split_list(k_job_columns)) {
    const bool is_there = std::ranges::find(present, name) != present.end();
    columns += fmt::format("{}{}", columns.empty() ? "" : ", ", is_there ? name : "NULL");
  }
  return columns;
}

} // namespace

JobList::JobList(Database& database)
    : m_database(database),
      m_columns(present_columns(database)),
      m_has_delays(m_columns.find("not_before") != std::string::npos) {}

void JobList::read(Statement& statement, const std::function<bool(const Job&)>& visit) const {
  const StatementUse use(statement);
  while (use->step() && visit(read_job(*use))) {
  }
}

std::optional<Job> JobList::find(std::int64_t id) {
  Statement statement =
      m_database.prepare(fmt::format("SELECT {} FROM sync_jobs WHERE id = ?1", m_columns));
  statement.bind(1, id);
  return statement.step() ? std::optional(read_job(statement)) : std::nullopt;
}

// The rows are found first, by number alone: payloads are long, and only a few are wanted.
void JobList::each(const JobFilter& filter, const std::function<bool(const Job&)>& visit) {
  std::string where = filter.status.empty() ? "" : "WHERE status = ?1";
  if (!filter.type.empty()) {
    where += where.empty() ? "WHERE job_type = ?2" : " AND job_type = ?2";
  }
  Statement statement = m_database.prepare(
      fmt::format("SELECT {} FROM sync_jobs WHERE id IN "
                  "(SELECT id FROM sync_jobs {} ORDER BY id DESC LIMIT ?3) ORDER BY id DESC",
                  m_columns, where));
  if (!filter.status.empty()) {
    statement.bind(1, filter.status);
  }
  if (!filter.type.empty()) {
    statement.bind(2, filter.type);
  }
  constexpr std::uint64_t k_most = 1ull << 62;
  statement.bind(3, static_cast<std::int64_t>(std::min(filter.limit, k_most)));
  read(statement, visit);
}

void JobList::each_stuck(Instant since, const std::function<bool(const Job&)>& visit) {
  Statement statement = m_database.prepare(fmt::format(
      "SELECT {} FROM sync_jobs WHERE status = 'running' AND started_at < ?1 ORDER BY started_at",
      m_columns));
  statement.bind(1, job_seconds(since));
  read(statement, visit);
}

std::vector<JobCount> JobList::counts() {
  Statement statement =
      m_database.prepare("SELECT status, count(*), avg(attempts) FROM sync_jobs GROUP BY status");
  std::vector<JobCount> counts;
  while (statement.step()) {
    counts.push_back({std::string(statement.text(0)), unsigned_from_sql(statement.integer(1)),
                      statement.real(2), false});
  }
  return counts;
}

std::vector<JobTypeCount> JobList::counts_by_type() {
  Statement statement = m_database.prepare("SELECT job_type, status, count(*), avg(attempts) "
                                           "FROM sync_jobs GROUP BY job_type, status");
  std::vector<JobTypeCount> types;
  while (statement.step()) {
    if (types.empty() || types.back().type != statement.text(0)) {
      types.push_back({std::string(statement.text(0)), {}});
    }
    types.back().by_status.push_back({std::string(statement.text(1)),
                                      unsigned_from_sql(statement.integer(2)), statement.real(3),
                                      false});
  }
  return types;
}

void JobList::each_recent(std::uint64_t most, const std::function<void(const JobBrief&)>& visit) {
  Statement statement = m_database.prepare(
      "SELECT job_type, status, attempts, error FROM sync_jobs ORDER BY id DESC LIMIT ?1");
  statement.bind(1, static_cast<std::int64_t>(most));
  while (statement.step()) {
    visit({statement.text(0), statement.text(1), job_count(statement, 2).value_or(0),
           statement.text(3)});
  }
}

std::uint64_t JobList::count_up_to(std::string_view status, std::uint64_t most) {
  Statement statement = m_database.prepare(
      "SELECT count(*) FROM (SELECT 1 FROM sync_jobs WHERE status = ?1 LIMIT ?2)");
  statement.bind(1, status).bind(2, static_cast<std::int64_t>(most));
  return statement.step() ? unsigned_from_sql(statement.integer(0)) : 0;
}

std::uint64_t JobList::numbers_in_use() {
  return unsigned_from_sql(std::max<std::int64_t>(
      m_database.query_integer("SELECT coalesce((SELECT max(id) FROM sync_jobs) - "
                               "(SELECT min(id) FROM sync_jobs) + 1, 0)"),
      0));
}

// Numbers are given in a row, so that the one status with many rows has about the numbers that the
// others leave.
std::vector<JobCount> JobList::quick_counts(std::uint64_t most) {
  std::vector<JobCount> counts;
  std::uint64_t counted = 0;
  std::size_t estimated = 0;
  for (const std::string_view status : k_status_words) {
    const std::uint64_t count = count_up_to(status, most + 1);
    if (count > 0) {
      counts.push_back({std::string(status), count, 0, count > most});
      counted += count > most ? 0 : count;
      estimated += count > most ? 1 : 0;
    }
  }
  if (estimated > 0) {
    const std::uint64_t all = numbers_in_use();
    for (JobCount& count : counts) {
      if (count.is_approximate) {
        count.count = std::max(count.count, (all - std::min(all, counted)) / estimated);
      }
    }
  }
  return counts;
}

std::optional<Instant> JobList::oldest_due(Instant now, std::uint64_t most) {
  Statement statement = m_database.prepare(
      fmt::format("SELECT min(created_at) FROM (SELECT created_at FROM sync_jobs "
                  "WHERE status = 'pending' AND {} <= ?2 LIMIT ?1)",
                  m_has_delays ? "not_before" : "0"));
  statement.bind(1, static_cast<std::int64_t>(most)).bind(2, to_sql(now));
  if (!statement.step() || statement.is_null(0)) {
    return std::nullopt;
  }
  return from_job_seconds(statement.integer(0));
}

std::optional<Instant> JobList::next_due(Instant now) {
  if (!m_has_delays) {
    return std::nullopt;
  }
  Statement statement = m_database.prepare(
      "SELECT min(not_before) FROM sync_jobs WHERE status = 'pending' AND not_before > ?1");
  statement.bind(1, to_sql(now));
  if (!statement.step() || statement.is_null(0)) {
    return std::nullopt;
  }
  return instant_from_sql(statement.integer(0));
}

std::vector<std::string> JobList::pending_types() {
  Statement statement = m_database.prepare(
      "WITH RECURSIVE type(name) AS ("
      "  SELECT min(job_type) FROM sync_jobs WHERE status = 'pending' UNION ALL "
      "  SELECT (SELECT min(job_type) FROM sync_jobs WHERE status = 'pending' AND job_type > name) "
      "  FROM type WHERE name IS NOT NULL) "
      "SELECT name FROM type WHERE name IS NOT NULL LIMIT 1000");
  std::vector<std::string> types;
  while (statement.step()) {
    types.emplace_back(statement.text(0));
  }
  return types;
}

} // namespace menacedb
