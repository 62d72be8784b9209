#include "core/engine/jobs/job_schedules.hpp"
#include "core/queue/job_list.hpp"
#include "tests/unit/queue/job_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace std::chrono_literals;

namespace {

struct Bench : test::JobBench {
  JobStore store = open();
  JobSchedules schedules{store};
  JobHandlers handlers;

  Bench() { clock.set_now(Instant(1000s)); }

  void every(const std::string& type, Duration interval) {
    handlers[type].settings.every = interval;
    handlers[type].schedule = Schedule(interval);
  }
  std::optional<Instant> keep() { return schedules.keep(handlers, clock.now()); }
  void begin(StaleSchedules stale = StaleSchedules::of_own_types) {
    schedules.begin(handlers, stale, clock.now());
  }
  std::vector<Job> pending() {
    std::vector<Job> jobs;
    JobList(store.database()).each({.status = "pending", .type = {}}, [&](const Job& job) {
      jobs.push_back(job);
      return true;
    });
    return jobs;
  }
  // Claims what is due and completes it, as a runner does.
  std::size_t run() {
    const auto jobs = claim(store, 10);
    for (const Job& job : jobs) {
      store.write([&](JobTable& table) {
        REQUIRE(table.complete(job.claim(), clock.now()));
        JobSchedules::add_next(table, job, handlers.at(job.type), clock.now());
      });
    }
    return jobs.size();
  }
};

} // namespace

TEST_CASE("the next run of a schedule waits as a pending job") {
  Bench bench;
  bench.every("Ping", 60s);
  bench.handlers["Ping"].settings.payload = "[1]";
  bench.handlers["Ping"].settings.priority = 2;
  CHECK(bench.keep() == Instant(1020s));
  const auto jobs = bench.pending();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].type == "Ping");
  CHECK(jobs[0].payload == "[1]");
  CHECK(jobs[0].priority() == 2);
  CHECK(jobs[0].not_before == Instant(1020s));
  CHECK(jobs[0].unique_key == "schedule:Ping");
  CHECK(jobs[0].created_at == Instant(1000s));
  (void)bench.keep();
  CHECK(bench.pending().size() == 1);
}

TEST_CASE("each tick runs once and ticks that were missed are one") {
  Bench bench;
  bench.every("Ping", 60s);
  (void)bench.keep();
  CHECK(bench.run() == 0);
  bench.clock.set_now(Instant(1020s));
  CHECK(bench.run() == 1);
  CHECK(bench.run() == 0);
  bench.clock.set_now(Instant(2000s));
  CHECK(bench.run() == 1);
  CHECK(bench.run() == 0);
  CHECK(bench.pending().at(0).not_before == Instant(2040s));
}

TEST_CASE("there is no further run while one goes on or waits for a retry") {
  Bench bench;
  bench.every("Ping", 60s);
  (void)bench.keep();
  bench.clock.set_now(Instant(1020s));
  const auto jobs = bench.claim(bench.store, 1);
  REQUIRE(jobs.size() == 1);
  bench.clock.set_now(Instant(1100s));
  (void)bench.keep();
  CHECK(bench.pending().empty());
  bench.store.write([&](JobTable& table) {
    CHECK(table.fail(jobs[0].claim(),
                     {.error = "no", .now = bench.clock.now(), .retry_after = 500s}) ==
          JobEnd::pending);
  });
  (void)bench.keep();
  bench.begin();
  REQUIRE(bench.pending().size() == 1);
  CHECK(bench.pending()[0].not_before == Instant(1600s));
}

TEST_CASE("a run whose worker was lost for good gets a successor") {
  Bench bench;
  bench.every("Ping", 60s);
  (void)bench.keep();
  bench.clock.set_now(Instant(1020s));
  const auto jobs = bench.claim(bench.store, 1);
  bench.store.write([&](JobTable& table) {
    CHECK(table.expire(jobs.at(0).claim(),
                       {.error = "lost", .now = bench.clock.now(), .max_attempts = 1}) ==
          JobEnd::failed);
  });
  (void)bench.keep();
  CHECK(bench.pending().at(0).not_before == Instant(1080s));
}

TEST_CASE("a schedule that changed moves its waiting run") {
  Bench bench;
  bench.every("Ping", 3600s);
  (void)bench.keep();
  CHECK(bench.pending().at(0).not_before == Instant(3600s));
  bench.every("Ping", 60s);
  bench.begin();
  CHECK(bench.pending().at(0).not_before == Instant(1020s));
  bench.every("Ping", 7s);
  bench.begin();
  CHECK(bench.pending().at(0).not_before == Instant(1001s));
}

TEST_CASE("a run that is overdue stays so when a worker begins") {
  Bench bench;
  bench.every("Ping", 60s);
  (void)bench.keep();
  bench.clock.set_now(Instant(5000s));
  bench.begin();
  CHECK(bench.pending().at(0).not_before == Instant(1020s));
}

TEST_CASE("the waiting run of a schedule that is gone goes away") {
  Bench bench;
  bench.every("Ping", 60s);
  bench.every("Pong", 60s);
  (void)bench.keep();
  bench.handlers.at("Ping").schedule.reset();
  bench.handlers.erase("Pong");
  bench.begin();
  REQUIRE(bench.pending().size() == 1); // another process may have this one
  CHECK(bench.pending()[0].type == "Pong");
  bench.begin(StaleSchedules::all);
  CHECK(bench.pending().empty());
}

TEST_CASE("other jobs with unique keys are left alone") {
  Bench bench;
  NewJob job = bench.job("Ping");
  job.unique_key = "mine";
  bench.store.change([&](JobTable& table) { return table.add(job); });
  bench.begin(StaleSchedules::all);
  CHECK(bench.pending().size() == 1);
}

TEST_CASE("a clock that is put back an hour neither stops an interval nor repeats a time of day") {
  Bench bench;
  bench.clock.set_now(Instant(1h * 24 * 20 + 10h));
  bench.every("Ping", 60s);
  bench.handlers["Daily"].settings.cron = "5 10 * * *";
  bench.handlers["Daily"].schedule = Schedule(Cron::parse("5 10 * * *"), TimeZone::utc());
  (void)bench.keep();
  bench.clock.advance(6min);
  CHECK(bench.claim(bench.store, 1, "Daily").size() == 1);
  CHECK(bench.run() == 1);
  const auto next_daily = Instant(1h * 24 * 21 + 10h + 5min);
  bench.store.write([&](JobTable& table) {
    (void)table.add({.type = "Daily",
                     .payload = "{}",
                     .created_at = bench.clock.now(),
                     .not_before = next_daily,
                     .unique_key = "schedule:Daily"});
  });
  bench.clock.set_now(bench.clock.now() - 1h);
  const Instant now = bench.clock.now();
  (void)bench.keep();
  for (const Job& job : bench.pending()) {
    if (job.type == "Ping") {
      CHECK(job.not_before <= now + 60s);
    } else {
      CHECK(job.not_before == next_daily);
    }
  }
}
