// Processes that claim from one table at once, and some that are killed at it.
#include "core/queue/job_recovery.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/queue/job_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>
#include <random>
#include <thread>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

constexpr int k_jobs = 1000;

struct Race {
  TempDir directory;
  std::string path = directory / "jobs.db";

  Race() {
    Worker worker(path);
    worker.store.database().execute("CREATE TABLE effect(job INTEGER, run INTEGER)");
    const std::vector<NewJob> jobs(k_jobs, NewJob{.type = "Count",
                                                  .payload = "{}",
                                                  .created_at = worker.clock.now(),
                                                  .max_attempts = 1000});
    worker.store.write([&](JobTable& table) { (void)table.add(jobs); });
  }

  struct Worker {
    PosixFs fs;
    SystemClock clock;
    StopFlag stop;
    JobStore store;

    explicit Worker(const std::string& path)
        : store(fs, clock, stop, {.path = path, .busy_timeout = 60s, .lock_patience = 60s}) {}

    // Until no job is pending or held by anybody alive. The effect is in the same database, and
    // commits with the end of the job.
    void work() {
      JobRecovery recovery(store, clock);
      const std::vector<JobAllowance> types = {{"Count", 1}};
      const std::string owner = process_identity();
      for (;;) {
        (void)recovery.recover({.max_attempts = [](std::string_view) { return 1000; },
                                .retry_after = [](std::string_view, std::uint64_t) { return 0s; }});
        const std::vector<Job> jobs = store.change([&](JobTable& table) {
          return table.claim({.owner = owner, .types = types, .count = 1, .now = clock.now()});
        });
        if (!jobs.empty()) {
          finish(jobs.front());
        } else if (store.database().query_integer("SELECT count(*) FROM sync_jobs WHERE "
                                                  "status IN ('pending', 'running')") == 0) {
          return;
        }
      }
    }

    void finish(const Job& job) {
      store.write([&](JobTable& table) {
        if (table.complete(job.claim(), clock.now())) {
          store.database().execute(
              fmt::format("INSERT INTO effect VALUES({}, {})", job.id, job.run));
        }
      });
    }
  };

  std::string query(std::string_view sql) { return Worker(path).store.database().query_text(sql); }
};

void check_all_done_once(Race& race) {
  CHECK(race.query("SELECT count(*) FROM sync_jobs WHERE status = 'completed'") ==
        std::to_string(k_jobs));
  CHECK(race.query("SELECT count(*) || ' ' || count(DISTINCT job) FROM effect") ==
        fmt::format("{} {}", k_jobs, k_jobs));
}

} // namespace

TEST_CASE("of 1000 jobs none is claimed twice by 2 or 4 or 8 processes") {
  for (const int processes : {2, 4, 8}) {
    CAPTURE(processes);
    Race race;
    std::vector<Child> children;
    for (int i = 0; i < processes; ++i) {
      children.emplace_back([&] { Race::Worker(race.path).work(); });
    }
    for (Child& child : children) {
      CHECK(child.wait() == Ended{});
    }
    check_all_done_once(race);
    CHECK(race.query("SELECT max(run) || ' ' || sum(attempts) FROM sync_jobs") == "1 0");
  }
}

TEST_CASE("processes killed at any moment lose no job and repeat none") {
  Race race;
  std::mt19937 random(7);
  std::uint64_t kills = 0;
  for (int round = 0; round < 25; ++round) {
    std::vector<Child> children;
    for (int i = 0; i < 4; ++i) {
      children.emplace_back([&] { Race::Worker(race.path).work(); });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 30));
    for (Child& child : children) {
      child.kill(SIGKILL);
      kills += child.wait().signal == SIGKILL ? 1 : 0;
    }
  }
  CHECK(run_in_child([&] { Race::Worker(race.path).work(); }) == Ended{});
  check_all_done_once(race);
  // Each process held one job at most, and an attempt counts for none but a lost one.
  CHECK(std::stoull(race.query("SELECT sum(attempts) FROM sync_jobs")) <= kills);
  CHECK(race.query("SELECT max(run) FROM sync_jobs") == "1");
}
