#include "core/queue/job_list.hpp"
#include "core/queue/job_recovery.hpp"
#include "tests/unit/queue/job_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

struct Bench : JobBench {
  JobStore store = open();
  JobRecovery recovery{store, clock};
  std::uint64_t max_attempts = 3;
  Duration retry_after = 0s;

  Bench() { (void)recover(); } // remembers the clock

  JobRecovery::Recovered recover() {
    return recovery.recover(
        {.max_attempts = [this](std::string_view) { return max_attempts; },
         .retry_after = [this](std::string_view, std::uint64_t) { return retry_after; }});
  }
  Job find(std::int64_t id) { return JobList(store.database()).find(id).value(); }
};

} // namespace

TEST_CASE("a job whose lease has ended is tried again and its holder is refused") {
  Bench bench;
  (void)bench.store.table().add(bench.job());
  const Job job = bench.claim(bench.store).at(0);
  bench.clock.advance(29s);
  CHECK(bench.recover().pending == 0);
  bench.clock.advance(1s);
  CHECK(bench.recover().pending == 1);
  CHECK(bench.find(1).status == "pending");
  CHECK(bench.find(1).error == "its lease ended");
  CHECK(bench.find(1).attempts == 1);
  CHECK_FALSE(bench.store.table().complete(job.claim(), bench.clock.now()));
  CHECK(bench.claim(bench.store).at(0).run == job.run);
}

TEST_CASE("a lease that is renewed does not end") {
  Bench bench;
  (void)bench.store.table().add(bench.job());
  const Job job = bench.claim(bench.store).at(0);
  for (int i = 0; i < 10; ++i) {
    bench.clock.advance(10s);
    CHECK(bench.store.table().renew(job.claim(), bench.clock.now() + JobBench::k_lease));
    CHECK(bench.recover().pending == 0);
  }
}

TEST_CASE("a process that died on this machine is noticed at once") {
  Bench bench;
  (void)bench.store.table().add(bench.job());
  const std::string self = bench.owner;
  bench.owner = self.substr(0, self.rfind(':')) + ":1"; // of this pid, but started long ago
  CHECK(bench.claim(bench.store).size() == 1);
  CHECK(bench.recover().pending == 1);
  CHECK(bench.find(1).error == "its worker died");
}

TEST_CASE("a holder on another machine keeps its job until the lease ends") {
  Bench bench;
  (void)bench.store.table().add(bench.job());
  bench.owner = "elsewhere:boot.1:1:1";
  CHECK(bench.claim(bench.store).size() == 1);
  CHECK(bench.recover().pending == 0);
  bench.clock.advance(JobBench::k_lease);
  CHECK(bench.recover().pending == 1);
}

TEST_CASE("leases that ended while nothing could be written count later") {
  Bench bench;
  (void)bench.store.table().add(bench.job());
  (void)bench.store.table().add(bench.job());
  (void)bench.claim(bench.store);
  const std::string self = bench.owner;
  bench.owner = self.substr(0, self.rfind(':')) + ":1"; // of this pid, but started long ago
  (void)bench.claim(bench.store);
  bench.clock.advance(JobBench::k_lease);
  {
    Database foreign(bench.path, DatabaseOptions{}, bench.clock, bench.stop);
    foreign.execute("BEGIN IMMEDIATE");
    CHECK_THROWS_AS((void)bench.recover(), Error);
    foreign.execute("ROLLBACK");
  }
  CHECK(bench.recover().pending == 1); // of the dead one
  CHECK(bench.find(1).status == "running");
  bench.clock.advance(14s);
  CHECK(bench.recover().pending == 0);
  bench.clock.advance(1s);
  CHECK(bench.recover().pending == 1);
  CHECK(bench.find(1).error == "its lease ended");
}

TEST_CASE("a job that loses its last holder fails") {
  Bench bench;
  bench.max_attempts = 1;
  (void)bench.store.table().add(bench.job());
  CHECK(bench.claim(bench.store).size() == 1);
  bench.clock.advance(1min);
  CHECK(bench.recover().failed == 1);
  CHECK(bench.find(1).status == "failed");
}

TEST_CASE("a job that another program runs is left alone") {
  Bench bench;
  (void)bench.store.table().add(bench.job());
  bench.store.database().execute("UPDATE sync_jobs SET status = 'running', started_at = 1");
  bench.clock.advance(24h);
  CHECK(bench.recover().pending == 0);
  CHECK(bench.find(1).status == "running");
}

TEST_CASE("a clock set back an hour neither stalls nor repeats a job") {
  Bench bench;
  NewJob delayed = bench.job();
  delayed.not_before = bench.clock.now() + 60s;
  (void)bench.store.table().add(delayed);
  NewJob scheduled = delayed;
  scheduled.unique_key = "schedule:Ping";
  (void)bench.store.table().add(scheduled);
  (void)bench.store.table().add(bench.job("Other"));
  const Job running = bench.claim(bench.store, 1, "Other").at(0);

  bench.clock.set_now(bench.clock.now() - 1h);
  CHECK(bench.recover().pending == 0);
  CHECK(bench.claim(bench.store).empty());
  JobRecovery other(bench.store, bench.clock); // of another process: it moves nothing again
  (void)other.recover({.max_attempts = [](std::string_view) { return 3; },
                       .retry_after = [](std::string_view, std::uint64_t) { return 0s; }});
  bench.clock.advance(30s);
  CHECK(bench.recover().pending == 1); // the lease that nobody renewed
  CHECK_FALSE(bench.store.table().complete(running.claim(), bench.clock.now()));
  bench.clock.advance(30s);
  CHECK(bench.claim(bench.store).at(0).id == 1);
  CHECK(bench.claim(bench.store).empty()); // by the clock on the wall
  bench.clock.advance(1h);
  CHECK(bench.claim(bench.store).at(0).id == 2);
}

TEST_CASE("a clock set forward ends no lease") {
  Bench bench;
  (void)bench.store.table().add(bench.job());
  const Job job = bench.claim(bench.store).at(0);
  bench.clock.set_now(bench.clock.now() + 3h);
  CHECK(bench.recover().pending == 0);
  CHECK(bench.store.table().complete(job.claim(), bench.clock.now()));
}
