#include "core/queue/job_schema.hpp"
#include "tests/unit/queue/job_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr const char* k_old_schema = R"sql(
CREATE TABLE sync_jobs (
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
);
CREATE INDEX idx_sync_jobs_status ON sync_jobs(status, priority DESC, created_at);
INSERT INTO sync_jobs (job_type, payload, status, created_at)
  VALUES ('PingPeer', '{"peer":1}', 'pending', 1700000000);
INSERT INTO sync_jobs (job_type, payload, status, attempts, created_at, started_at, completed_at)
  VALUES ('PingPeer', '{"peer":2}', 'completed', 1, 1700000000, 1700000001, 1700000002);
)sql";

Database open_plain(JobBench& bench) {
  return {bench.path, {.create = true}, bench.clock, bench.stop};
}

std::string old_columns(Database& database) {
  return database.query_text(
      "SELECT group_concat(id || job_type || payload || status || attempts || created_at || "
      "coalesce(started_at, '-') || coalesce(completed_at, '-') || coalesce(error, '-') || "
      "priority) FROM sync_jobs");
}

} // namespace

TEST_CASE("a table that the old document made is taken over with its rows as they are") {
  JobBench bench;
  Database other = open_plain(bench);
  other.execute(k_old_schema);
  const std::string before = old_columns(other);
  JobStore store = bench.open();
  CHECK(old_columns(other) == before);
  const std::vector<Job> jobs = bench.claim(store, 9, "PingPeer");
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].payload == R"({"peer":1})");
  CHECK(jobs[0].created_at == Instant(std::chrono::seconds(1700000000)));
}

TEST_CASE("programs that know only the old columns go on as before") {
  JobBench bench;
  JobStore store = bench.open();
  Database other = open_plain(bench);
  other.execute("INSERT INTO sync_jobs (job_type, payload, status, created_at) "
                "VALUES ('Ping', '{}', 'pending', 1700000000)");
  const std::vector<Job> jobs = bench.claim(store);
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].attempts == 0);
  CHECK_FALSE(jobs[0].max_attempts.has_value());
}

TEST_CASE("the query of the old worker still uses its own index") {
  JobBench bench;
  JobStore store = bench.open();
  Statement plan = store.database().prepare(
      "EXPLAIN QUERY PLAN SELECT id, payload FROM sync_jobs WHERE status = 'pending' "
      "ORDER BY priority DESC, created_at ASC LIMIT 1");
  REQUIRE(plan.step());
  CHECK(plan.text(3) == "SEARCH sync_jobs USING INDEX idx_sync_jobs_status (status=?)");
  CHECK_FALSE(plan.step());
}

TEST_CASE("opening again changes nothing") {
  JobBench bench;
  const std::string id = bench.open().queue_id();
  JobStore store = bench.open();
  const std::uint64_t version = store.database().schema_version();
  CHECK(has_job_schema(store.database()));
  prepare_job_schema(store.database());
  CHECK(store.database().schema_version() == version);
  CHECK(store.queue_id() == id);
  CHECK(id.size() == 16);
}

TEST_CASE("a table that only has the name is refused") {
  const auto refusal = [](const char* sql) {
    JobBench bench;
    open_plain(bench).execute(sql);
    try {
      bench.open();
    } catch (const Error& error) {
      CHECK(error.code() == "jobs-table");
      return error.message().substr(error.message().find("table: ") + 7);
    }
    return std::string("none");
  };
  CHECK(refusal("CREATE TABLE sync_jobs(id INTEGER PRIMARY KEY, job_type)") ==
        "it has no column payload");
  CHECK(refusal("CREATE TABLE t(a); CREATE VIEW sync_jobs AS SELECT * FROM t") == "it is a view");
  CHECK(refusal("CREATE TABLE sync_jobs(id TEXT PRIMARY KEY, job_type, payload, status, attempts, "
                "created_at, started_at, completed_at, error, priority)") ==
        "its id is not an INTEGER PRIMARY KEY");
}
