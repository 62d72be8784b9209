#include "core/queue/job_care.hpp"
#include "core/queue/job_list.hpp"
#include "tests/unit/queue/job_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

using Ids = std::vector<std::int64_t>;

struct Bench : JobBench {
  JobStore store = open();
  JobList list{store.database()};
  JobCare care{store.database()};

  Ids ids(const JobFilter& filter) {
    Ids ids;
    list.each(filter, [&](const Job& job) {
      ids.push_back(job.id);
      return true;
    });
    return ids;
  }
  // Completed, or with another status, so long ago.
  void add_over(std::string_view status, Duration ago) {
    (void)store.table().add(job());
    Statement statement = store.database().prepare(
        "UPDATE sync_jobs SET status = ?1, completed_at = ?2 WHERE id = last_insert_rowid()");
    const Instant when = clock.now() - ago;
    statement.bind(1, status)
        .bind(2, std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count())
        .run();
  }
  std::uint64_t purge(const JobPurge& purge, std::size_t limit = 2) {
    CHECK(count_purgeable_jobs(store.database(), purge) == [&] {
      store.database().execute("SAVEPOINT a");
      const std::uint64_t count = purge_all(purge, limit);
      store.database().execute("ROLLBACK TO a; RELEASE a");
      return count;
    }());
    return purge_all(purge, limit);
  }
  std::uint64_t purge_all(const JobPurge& purge, std::size_t limit) {
    std::uint64_t sum = 0;
    std::int64_t after = 0;
    while (const std::uint64_t count = care.purge(purge, limit, after)) {
      sum += count;
    }
    return sum;
  }
};

} // namespace

TEST_CASE("jobs are listed newest first by status and type") {
  Bench bench;
  for (const std::string_view type : {"A", "B", "A", "B"}) {
    (void)bench.store.table().add(bench.job(type));
  }
  (void)bench.claim(bench.store, 1, "A");
  CHECK(bench.ids({}) == Ids{4, 3, 2, 1});
  CHECK(bench.ids({.status = {}, .type = {}, .limit = 2}) == Ids{4, 3});
  CHECK(bench.ids({.status = "pending", .type = "A"}) == Ids{3});
  CHECK(bench.ids({.status = "running", .type = {}}) == Ids{1});
  CHECK(bench.list.find(1)->owner == bench.owner);
  CHECK_FALSE(bench.list.find(99).has_value());
  CHECK(bench.list.pending_types() == std::vector<std::string>{"A", "B"});
}

TEST_CASE("a table without our columns is listed as it stands") {
  JobBench bench;
  Database database(bench.path, {.create = true}, bench.clock, bench.stop);
  database.execute("CREATE TABLE sync_jobs(id INTEGER PRIMARY KEY, job_type, payload, status, "
                   "attempts, created_at, started_at, completed_at, error, priority);"
                   "INSERT INTO sync_jobs VALUES(7, 'A', '{}', 'pending', 2, 10, NULL, NULL, "
                   "NULL, 3)");
  JobList list(database);
  const Job job = list.find(7).value();
  CHECK(job.attempts == 2);
  CHECK(job.priority() == 7);
  CHECK(job.run == 0);
}

TEST_CASE("counts are exact up to a bound and estimated beyond") {
  Bench bench;
  for (int i = 0; i < 50; ++i) {
    bench.add_over("completed", 0s);
  }
  (void)bench.store.table().add(bench.job());
  const std::vector<JobCount> exact = bench.list.counts();
  REQUIRE(exact.size() == 2);
  CHECK(exact[0].status == "completed");
  CHECK(exact[0].count == 50);
  CHECK(exact[1].count == 1);
  const std::vector<JobCount> quick = bench.list.quick_counts(10);
  REQUIRE(quick.size() == 2);
  CHECK(quick[0].count == 50);
  CHECK(quick[0].is_approximate);
  CHECK(quick[1].count == 1);
  CHECK_FALSE(quick[1].is_approximate);
  CHECK_FALSE(bench.list.quick_counts(50)[0].is_approximate);
}

TEST_CASE("a job that is over can be retried and one that is not can be cancelled") {
  Bench bench;
  (void)bench.store.table().add(bench.job());
  CHECK_FALSE(bench.care.retry(1));
  const Job job = bench.claim(bench.store).at(0);
  CHECK_FALSE(bench.care.retry(1));
  CHECK(bench.care.cancel(1, bench.clock.now()));
  CHECK_FALSE(bench.store.table().renew(job.claim(), bench.clock.now() + 1h));
  CHECK_FALSE(bench.care.cancel(1, bench.clock.now()));
  CHECK(bench.care.retry(1));
  CHECK(bench.claim(bench.store).at(0).attempts == 0);
  CHECK_FALSE(bench.care.retry(2));
}

TEST_CASE("all failed jobs can be retried in parts") {
  Bench bench;
  for (int i = 0; i < 5; ++i) {
    bench.add_over("failed", 0s);
  }
  CHECK(bench.care.retry_failed(3) == 3);
  CHECK(bench.care.retry_failed(3) == 2);
  CHECK(bench.care.retry_failed(3) == 0);
  CHECK(bench.claim(bench.store, 9).size() == 5);
}

TEST_CASE("a stuck job is seen and put back whoever holds it") {
  Bench bench;
  (void)bench.store.table().add(bench.job());
  (void)bench.store.table().add(bench.job());
  const Job ours = bench.claim(bench.store).at(0);
  bench.store.database().execute(
      "UPDATE sync_jobs SET status = 'running', started_at = 5 WHERE id = 2");
  bench.clock.advance(10min);
  Ids stuck;
  bench.list.each_stuck(bench.clock.now() - 5min, [&](const Job& job) {
    stuck.push_back(job.id);
    return true;
  });
  CHECK(stuck == Ids{2, 1});
  CHECK(bench.care.requeue(1, "stuck"));
  CHECK(bench.care.requeue(2, "stuck"));
  CHECK_FALSE(bench.care.requeue(2, "stuck"));
  CHECK_FALSE(bench.store.table().complete(ours.claim(), bench.clock.now()));
  const std::vector<Job> again = bench.claim(bench.store, 9);
  REQUIRE(again.size() == 2);
  CHECK(again[0].attempts == 1);
  CHECK(again[0].run == ours.run);
}

TEST_CASE("purging takes what ended long ago and what is beyond the number kept") {
  Bench bench;
  bench.add_over("completed", 10h);
  bench.add_over("failed", 10h);
  bench.add_over("completed", 1h);
  bench.add_over("cancelled", 10h);
  bench.add_over("completed", 10h);
  (void)bench.store.table().add(bench.job());
  CHECK(bench.purge({.before = bench.clock.now() - 20h}) == 0);
  CHECK(bench.purge({.before = bench.clock.now() - 5h}) == 3);
  CHECK(bench.ids({}) == Ids{6, 3, 2});
  for (int i = 0; i < 4; ++i) {
    bench.add_over("completed", 0s);
  }
  CHECK(bench.purge({.before = bench.clock.now() - 20h, .keep = 3}) == 2);
  CHECK(bench.ids({}) == Ids{10, 9, 8, 6, 2});
  CHECK(bench.purge({.before = bench.clock.now() - 20h, .keep = 0}) == 3);
}
