#include "core/queue/job_care.hpp"
#include "tests/unit/queue/job_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::int64_t> ids_of(const std::vector<Job>& jobs) {
  std::vector<std::int64_t> ids;
  for (const Job& job : jobs) {
    ids.push_back(job.id);
  }
  return ids;
}

using Ids = std::vector<std::int64_t>;

} // namespace

TEST_CASE("a job is added and claimed once and completed by its holder alone") {
  JobBench bench;
  JobStore store = bench.open();
  CHECK(store.table().add(bench.job("Ping", R"({"a":1})")) == 1);
  const std::vector<Job> jobs = bench.claim(store);
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].payload == R"({"a":1})");
  CHECK(jobs[0].type == "Ping");
  CHECK(jobs[0].run == 1);
  CHECK(bench.claim(store).empty());
  CHECK_FALSE(
      store.table().complete({1, "another", jobs[0].claim().started_at}, bench.clock.now()));
  CHECK(store.table().complete(jobs[0].claim(), bench.clock.now()));
  CHECK_FALSE(store.table().complete(jobs[0].claim(), bench.clock.now()));
  CHECK(store.database().query_text("SELECT status FROM sync_jobs") == "completed");
}

TEST_CASE("jobs come by priority and then time and then age and then id") {
  JobBench bench;
  JobStore store = bench.open();
  const auto add = [&](int priority, Duration age, std::optional<Duration> not_before) {
    NewJob job = bench.job();
    job.priority = priority;
    job.created_at -= age;
    if (not_before) {
      job.not_before = bench.clock.now() + *not_before;
    }
    (void)store.table().add(job);
  };
  add(5, 0s, std::nullopt); // 1
  add(5, 9s, std::nullopt); // 2: older
  add(5, 9s, std::nullopt); // 3
  add(5, 99s, -1s);         // 4
  add(1, 0s, 1h);           // 5: not due
  add(2, 0s, -1s);          // 6
  add(10, 99s, std::nullopt);
  CHECK(ids_of(bench.claim(store, 4)) == Ids{6, 2, 3, 1});
  CHECK(ids_of(bench.claim(store, 9)) == Ids{4, 7});
  bench.clock.advance(1h);
  CHECK(ids_of(bench.claim(store, 9)) == Ids{5});
}

TEST_CASE("only allowed types are claimed and each up to its own limit") {
  JobBench bench;
  JobStore store = bench.open();
  for (const std::string_view type : {"A", "B", "C", "A", "A", "B"}) {
    (void)store.table().add(bench.job(type));
  }
  const std::vector<JobAllowance> types = {{"A", 2}, {"B", 9}, {"X", 9}};
  CHECK(ids_of(bench.claim(store, types, 9)) == Ids{1, 2, 4, 6});
  CHECK(ids_of(bench.claim(store, types, 9)) == Ids{5});
}

TEST_CASE("many types are asked for in several statements") {
  JobBench bench;
  JobStore store = bench.open();
  std::vector<std::string> names;
  for (int i = 0; i < 150; ++i) {
    names.push_back("type-" + std::to_string(i));
    (void)store.table().add(bench.job(names.back()));
  }
  std::vector<JobAllowance> types;
  for (const std::string& name : names) {
    types.push_back({name, 1});
  }
  CHECK(bench.claim(store, types, 1000).size() == 150);
}

TEST_CASE("rows without a priority come last") {
  JobBench bench;
  JobStore store = bench.open();
  store.database().execute("INSERT INTO sync_jobs(job_type, payload, status, created_at, priority) "
                           "VALUES('Ping', '{}', 'pending', 1, NULL), "
                           "('Ping', '{}', 'pending', 1, -3), ('Ping', '{}', 'pending', 1, 77)");
  const std::vector<Job> jobs = bench.claim(store, 9);
  CHECK(ids_of(jobs) == Ids{3, 2, 1});
  CHECK(jobs[0].priority() == 1);
  CHECK(jobs[1].priority() == 10);
  CHECK(jobs[1].sql_priority == -3);
}

TEST_CASE("a failed attempt waits and a job fails for good at its last attempt") {
  JobBench bench;
  JobStore store = bench.open();
  (void)store.table().add(bench.job());
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const std::vector<Job> jobs = bench.claim(store);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].attempts == static_cast<std::uint64_t>(attempt - 1));
    CHECK(jobs[0].run == attempt);
    const JobFailure failure{.error = "no route", .now = bench.clock.now(), .retry_after = 60s};
    CHECK(store.table().fail(jobs[0].claim(), failure) ==
          (attempt < 3 ? JobEnd::pending : JobEnd::failed));
    CHECK(bench.claim(store).empty());
    bench.clock.advance(60s);
  }
  CHECK(bench.claim(store).empty());
  CHECK(store.database().query_text("SELECT status || attempts || error FROM sync_jobs") ==
        "failed3no route");
}

TEST_CASE("a job that was given back counts no attempt and keeps its run") {
  JobBench bench;
  JobStore store = bench.open();
  (void)store.table().add(bench.job());
  const Job first = bench.claim(store).at(0);
  CHECK(store.table().release(first.claim()));
  const Job second = bench.claim(store).at(0);
  CHECK(second.attempts == 0);
  CHECK(second.run == first.run);
  CHECK(second.token != first.token);
  CHECK_FALSE(store.table().renew(first.claim(), bench.clock.now() + 1h));
  CHECK(store.table().renew(second.claim(), bench.clock.now() + 1h));
}

TEST_CASE("a lost lease counts an attempt and keeps the run") {
  JobBench bench;
  JobStore store = bench.open();
  (void)store.table().add(bench.job());
  const Job first = bench.claim(store).at(0);
  const JobFailure lost{.error = "its worker is gone", .now = bench.clock.now()};
  CHECK(store.table().expire(first.claim(), lost) == JobEnd::pending);
  const Job second = bench.claim(store).at(0);
  CHECK(second.attempts == 1);
  CHECK(second.run == first.run);
  CHECK(store.table().fail(first.claim(), lost) == JobEnd::refused);
}

TEST_CASE("a row that another program sets to pending runs again whatever its columns say") {
  JobBench bench;
  JobStore store = bench.open();
  (void)store.table().add(bench.job());
  const Job first = bench.claim(store).at(0);
  store.database().execute("UPDATE sync_jobs SET status = 'pending'");
  const Job second = bench.claim(store).at(0);
  CHECK(second.run == 2);
  CHECK_FALSE(store.table().complete(first.claim(), bench.clock.now()));
  CHECK(store.table().complete(second.claim(), bench.clock.now()));
  store.database().execute("UPDATE sync_jobs SET status = 'pending'");
  CHECK(bench.claim(store).at(0).run == 3);
}

TEST_CASE("a job that another program took after us is not ours to finish") {
  JobBench bench;
  JobStore store = bench.open();
  (void)store.table().add(bench.job());
  const Job job = bench.claim(store).at(0);
  store.database().execute("UPDATE sync_jobs SET status = 'running', started_at = started_at + 1");
  CHECK_FALSE(store.table().complete(job.claim(), bench.clock.now()));
  CHECK(store.table().fail(job.claim(), {.error = "x", .now = bench.clock.now()}) ==
        JobEnd::refused);
}

TEST_CASE("jobs of one claim in a row are completed at once and none but those") {
  JobBench bench;
  JobStore store = bench.open();
  for (int i = 0; i < 6; ++i) {
    (void)store.table().add(bench.job());
  }
  const std::vector<Job> jobs = bench.claim(store, 5);
  REQUIRE(ids_of(jobs) == Ids{1, 2, 3, 4, 5});
  JobCare care(store.database());
  REQUIRE(care.cancel(2, bench.clock.now()));
  store.database().execute("UPDATE sync_jobs SET started_at = started_at + 1 WHERE id = 3");
  JobClaim stranger = jobs[0].claim();
  stranger.token = "another";
  CHECK(store.table().complete(stranger, 5, bench.clock.now()) == 0);
  CHECK(store.table().complete(jobs[0].claim(), 4, bench.clock.now()) == 2);
  CHECK(store.database().query_text(
            "SELECT group_concat(status) FROM (SELECT status FROM sync_jobs "
            "ORDER BY id LIMIT 9)") == "completed,cancelled,running,completed,running,pending");
  CHECK(store.table().complete(jobs[0].claim(), 4, bench.clock.now()) == 0);
}

TEST_CASE("a unique key keeps a second job of its type out while one waits") {
  JobBench bench;
  JobStore store = bench.open();
  NewJob job = bench.job();
  job.unique_key = "k";
  CHECK(store.table().add(job).has_value());
  CHECK_FALSE(store.table().add(job).has_value());
  NewJob other = bench.job("Other");
  other.unique_key = "k";
  CHECK(store.table().add(other).has_value());
  CHECK(bench.claim(store).size() == 1);
  CHECK(store.table().add(job).has_value());
}

TEST_CASE("a long payload comes on its own") {
  JobBench bench;
  JobStore store = bench.open();
  const std::string payload = '"' + std::string(10u << 20, 'x') + '"';
  (void)store.table().add(bench.job("Ping", payload));
  Job job = bench.claim(store).at(0);
  CHECK(job.is_payload_apart);
  CHECK(job.payload.empty());
  store.table().load_payload(job);
  CHECK(job.payload == payload);
}

TEST_CASE("jobs of one transaction are all there or none") {
  JobBench bench;
  JobStore store = bench.open();
  const std::vector<NewJob> jobs(100, bench.job());
  CHECK_THROWS(store.write([&](JobTable& table) {
    (void)table.add(jobs);
    throw Error(ErrorKind::bad_input, "x", "cannot go on");
  }));
  CHECK(bench.claim(store, 200).empty());
  store.write([&](JobTable& table) { (void)table.add(jobs); });
  CHECK(bench.claim(store, 200).size() == 100);
}
