#include "tests/support/child.hpp"
#include "tests/unit/engine/job_runner_bench.hpp"

#include <fmt/format.h>

using namespace menacedb;
using namespace std::chrono_literals;
using menacedb::test::JobRunnerBench;
using menacedb::test::RunningJobs;

namespace {

// As a process on another machine claims a job.
std::vector<Job> take_elsewhere(JobRunnerBench& bench, JobStore& store) {
  const JobAllowance one{"One", 1};
  return store.change([&](JobTable& table) {
    return table.claim({.owner = "elsewhere:boot.1:1:1",
                        .types = {&one, 1},
                        .count = 1,
                        .now = bench.clock.now()});
  });
}

} // namespace

TEST_CASE("no more of a type run at a time than it allows") {
  JobRunnerBench bench;
  bench.shell("One", "mkdir busy || exit 1; sleep 0.02; rmdir busy").concurrency = 1;
  bench.shell("Many", "sleep 0.02");
  bench.options.workers = 6;
  for (int i = 0; i < 10; ++i) {
    bench.add("One");
    bench.add("Many");
  }
  CHECK(bench.run_due() == JobCounts{.completed = 20});
}

TEST_CASE("all processes share the limit of a type") {
  JobRunnerBench bench;
  bench.shell("One", "mkdir alone && sleep 0.02 && rmdir alone").concurrency = 1;
  bench.shell("Any", "true");
  for (int i = 0; i < 8; ++i) {
    bench.add({.type = "One", .payload = "{}", .priority = 1});
  }
  const auto any = bench.add({.type = "Any", .payload = "{}", .priority = 10});
  {
    JobStore other = bench.open(); // of a process that runs one
    const std::vector<Job> taken = take_elsewhere(bench, other);
    REQUIRE(taken.size() == 1);
    CHECK(bench.run_due() == JobCounts{.completed = 1});
    CHECK(bench.status(any) == "completed");
    CHECK(other.change([&](JobTable& table) { return table.release(taken[0].claim()); }));
  }
  std::vector<test::Child> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] { (void)bench.run_due(); });
  }
  for (test::Child& worker : workers) {
    CHECK(worker.wait() == test::Ended{});
  }
  CHECK(bench.run_due().failed == 0); // a worker ends while another runs the last one
  JobStore store = bench.open();
  for (const JobCount& count : JobList(store.database()).counts()) {
    CHECK(count.status == "completed");
    CHECK(count.count == 9);
    CHECK(count.average_attempts == 0);
  }
}

TEST_CASE("a job that waits for the limit of its type is run when another ends") {
  JobRunnerBench bench;
  bench.shell("One", "true").concurrency = 1;
  const auto first = bench.add("One");
  const auto second = bench.add("One");
  JobStore other = bench.open();
  const std::vector<Job> taken = take_elsewhere(bench, other);
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].id == first);
  RunningJobs running(bench);
  bench.wait_until([&] { return !running.runner().is_needed(); }); // it has looked
  CHECK(bench.status(second) == "pending");
  CHECK(other.change(
      [&](JobTable& table) { return table.complete(taken[0].claim(), bench.clock.now()); }));
  bench.wait_until([&] { return bench.status(second) == "completed"; });
}

TEST_CASE("as many programs run at a time as there are workers") {
  JobRunnerBench bench;
  // Each waits until four are there.
  bench
      .shell("Meet", "touch here.$MENACEDB_JOB_ID; "
                     "while [ $(ls here.* | wc -l) -lt 4 ]; do sleep 0.01; done")
      .timeout = 50s;
  bench.options.workers = 4;
  for (int i = 0; i < 4; ++i) {
    bench.add("Meet");
  }
  CHECK(bench.run_due() == JobCounts{.completed = 4});
}

TEST_CASE("a function that takes longer than the timeout of its type fails with that") {
  JobRunnerBench bench;
  const std::string script = "function job_Slow() while true do end end\n"
                             "function job_Long()\n  for i = 1, 1e5 do local x = i end\nend\n";
  bench.lua("Slow", script).timeout = 5ms;
  bench.handlers["Slow"].settings.max_attempts = 1;
  bench.handlers["Long"] = bench.handlers["Slow"]; // by the same file
  bench.handlers["Long"].settings.timeout = Duration::zero();
  bench.options.lua.instructions = 1'000'000'000'000;
  bench.options.lua.time = 1h;
  const auto slow = bench.add("Slow");
  const auto longer = bench.add("Long");
  CHECK(bench.run_due() == JobCounts{.completed = 1, .failed = 1});
  CHECK(bench.job(slow).error == "timed out after 5ms: " + bench.directory.path() +
                                     "/Slow.lua:1: it took longer than its timeout "
                                     "allows: `function job_Slow() while true do end end`");
  CHECK(bench.status(longer) == "completed");
}
