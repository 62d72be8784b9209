#include "core/queue/job_schema.hpp"

#include "core/base/text.hpp"
#include "core/db/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace menacedb {
namespace {

// As the old document writes it, to the letter.
constexpr std::string_view k_table = R"sql(CREATE TABLE sync_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_type TEXT NOT NULL,  -- 'SyncBucket', 'DownloadPins', 'PingPeer'
    payload TEXT NOT NULL,   -- JSON-serialized job data
    status TEXT NOT NULL,    -- 'pending', 'running', 'completed', 'failed'
    attempts INTEGER DEFAULT 0,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    completed_at INTEGER,
    error TEXT,
    priority INTEGER DEFAULT 0  -- Higher = more urgent
))sql";

// The indices: the old one, then ours. A claim asks for the first due job of a type, so that
// neither history nor jobs that nobody can run are in its way.
constexpr std::string_view k_indices = R"sql(
CREATE INDEX IF NOT EXISTS idx_sync_jobs_status ON sync_jobs(status, priority DESC, created_at);
CREATE INDEX IF NOT EXISTS menacedb_jobs_pending
  ON sync_jobs(job_type, priority DESC, not_before, created_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS menacedb_jobs_unique
  ON sync_jobs(unique_key, job_type) WHERE unique_key IS NOT NULL AND status = 'pending';
CREATE TABLE IF NOT EXISTS menacedb_jobs_meta(
  name TEXT NOT NULL PRIMARY KEY CHECK(typeof(name) = 'text'),
  value) WITHOUT ROWID;
INSERT OR IGNORE INTO menacedb_jobs_meta VALUES('queue_id', lower(hex(randomblob(8))));
)sql";

constexpr std::array<std::string_view, 10> k_old_columns = {
    "id",         "job_type",   "payload",      "status", "attempts",
    "created_at", "started_at", "completed_at", "error",  "priority"};

struct Column {
  std::string_view name;
  std::string_view definition;
};
// No CHECK: what others write into their rows must not begin to fail.
constexpr std::array k_new_columns{
    Column{"max_attempts", "INTEGER"}, Column{"not_before", "INTEGER NOT NULL DEFAULT 0"},
    Column{"claimed_by", "TEXT"},      Column{"lease_until", "INTEGER"},
    Column{"claim_token", "TEXT"},     Column{"run", "INTEGER NOT NULL DEFAULT 0"},
    Column{"unique_key", "TEXT"},
};

bool has_object(Database& database, std::string_view type, std::string_view name) {
  Statement statement =
      database.prepare("SELECT count(*) FROM sqlite_schema WHERE type = ?1 AND lower(name) = ?2");
  statement.bind(1, type).bind(2, name);
  return statement.step() && statement.integer(0) != 0;
}

std::vector<std::string> column_names(Database& database) {
  Statement statement = database.prepare("SELECT name FROM pragma_table_info('sync_jobs')");
  std::vector<std::string> names;
  while (statement.step()) {
    names.push_back(to_lower(statement.text(0)));
  }
  return names;
}

bool holds(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Error not_a_job_table(const Database& database, std::string_view reason) {
  return Error(ErrorKind::config, "jobs-table",
               fmt::format("cannot use sync_jobs in '{}' as the job table: {}", database.path(),
                           reason))
      .with_hint("name another database with [jobs] database, or rename that table");
}

void check_table(Database& database) {
  const std::vector<std::string> names = column_names(database);
  for (const std::string_view name : k_old_columns) {
    if (!holds(names, name)) {
      throw not_a_job_table(database, fmt::format("it has no column {}", name));
    }
  }
  // Only an INTEGER PRIMARY KEY is the row's number, by which everything here finds it.
  const bool is_numbered =
      database.query_integer("SELECT count(*) FROM pragma_table_info('sync_jobs') WHERE pk = 1 AND "
                             "lower(name) = 'id' AND lower(type) = 'integer'") != 0;
  if (!is_numbered) {
    throw not_a_job_table(database, "its id is not an INTEGER PRIMARY KEY");
  }
}

void add_missing_columns(Database& database) {
  const std::vector<std::string> names = column_names(database);
  for (const Column& column : k_new_columns) {
    if (!holds(names, column.name)) {
      database.execute(
          fmt::format("ALTER TABLE sync_jobs ADD COLUMN {} {}", column.name, column.definition),
          "add a column to sync_jobs in");
    }
  }
}

} // namespace

bool has_job_table(Database& database) {
  return has_object(database, "table", "sync_jobs");
}

bool has_job_schema(Database& database) {
  if (!has_object(database, "index", "menacedb_jobs_unique") ||
      !has_object(database, "index", "menacedb_jobs_pending") ||
      !has_object(database, "index", "idx_sync_jobs_status") ||
      !has_object(database, "table", "menacedb_jobs_meta")) {
    return false;
  }
  const std::vector<std::string> names = column_names(database);
  return std::ranges::all_of(k_new_columns,
                             [&](const Column& column) { return holds(names, column.name); });
}

void prepare_job_schema(Database& database) {
  if (has_job_schema(database)) {
    return;
  }
  Transaction transaction(database); // another process may be at it: all is looked at again in here
  if (has_object(database, "view", "sync_jobs")) {
    throw not_a_job_table(database, "it is a view");
  }
  if (!has_job_table(database)) {
    database.execute(std::string(k_table), "create sync_jobs in");
  }
  check_table(database);
  add_missing_columns(database);
  database.execute(std::string(k_indices), "create the indices of sync_jobs in");
  transaction.commit();
}

std::string job_queue_id(Database& database) {
  return database.query_text("SELECT value FROM menacedb_jobs_meta WHERE name = 'queue_id'");
}

} // namespace menacedb
