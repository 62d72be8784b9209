// Kills a process at each step of a seal, a claim, an append and a sweep; the next process must
// find every entry exactly once.
#include "core/queue/appender.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/queue/queue_bench.hpp"

#include <csignal>

using namespace menacedb;
using menacedb::test::Ids;
using menacedb::test::k_in_place;
using menacedb::test::line_of;
using menacedb::test::QueueBench;

namespace {

constexpr Step k_seal_steps[] = {Step::seal_locked, Step::seal_created, Step::seal_exchanged,
                                 Step::seal_synced};

// In a process of its own, killed at the step.
void claim_and_die(QueueBench& bench, Step step) {
  const test::Ended ended = test::run_in_child([&] {
    bench.fs.kill_at(step);
    const auto queue = bench.open();
    Batch batch;
    queue->claim(bench.ledger, {}, batch);
  });
  CHECK(ended.signal == SIGKILL);
}

} // namespace

TEST_CASE("a drain that dies at any step of a seal loses nothing and doubles nothing") {
  for (const Step step : k_seal_steps) {
    CAPTURE(static_cast<int>(step));
    QueueBench bench;
    bench.write("alpha.jsonl", line_of("1"));
    claim_and_die(bench, step);
    bench.write("alpha.jsonl", line_of("2"));
    CHECK(bench.drain() == Ids{"1", "2"});
    (void)bench.sweep();
    CHECK(bench.names("sealed").empty());
    CHECK(bench.drain().empty());
  }
}

TEST_CASE("a seal of a file decided in place that dies at any step is completed with its number") {
  for (const Step step : k_seal_steps) {
    for (const int variant : {0, 1, 2, 3}) {
      const bool stays_in_place = variant % 2 == 1;
      const bool sweep_comes_first = variant >= 2;
      CAPTURE(static_cast<int>(step));
      CAPTURE(variant);
      QueueBench bench(k_in_place);
      bench.write("alpha.jsonl", line_of("1"));
      REQUIRE(bench.drain() == Ids{"1"});
      bench.write("alpha.jsonl", line_of("2"));
      bench.options.in_place_below = 0;
      bench.restart();
      claim_and_die(bench, step);
      bench.options.in_place_below = stays_in_place ? k_in_place : 0;
      if (sweep_comes_first) {
        CHECK(bench.sweep() == 0);
      }
      bench.write("alpha.jsonl", line_of("3"));
      CHECK(bench.drain() == Ids{"2", "3"});
      CHECK(bench.drain().empty());
    }
  }
}

TEST_CASE("an exchange that a power cut undid after its successor was used is done again") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  REQUIRE(bench.drain() == Ids{"1"});
  bench.write("alpha.jsonl", line_of("2"));
  bench.options.in_place_below = 0;
  bench.restart();
  (void)bench.claim(); // sealed, not decided
  bench.write("alpha.jsonl", line_of("1") + line_of("3"));
  // The power goes: the names are what they were, both files keep their bytes.
  REQUIRE(bench.fs.exchange(bench.path("alpha.jsonl"), bench.path(bench.names("sealed").at(0))));
  SUBCASE("sealing") {}
  SUBCASE("in place") {
    bench.options.in_place_below = k_in_place;
  }
  bench.restart();
  CHECK(bench.drain() == Ids{"2", "1", "3"});
}

TEST_CASE("a drain that dies after marking or claiming leaves everything for the next one") {
  for (const Step step : {Step::identity_set, Step::claim_read}) {
    QueueBench bench(k_in_place);
    bench.write("alpha.jsonl", line_of("1"));
    claim_and_die(bench, step);
    CHECK(bench.drain() == Ids{"1"});
  }
}

TEST_CASE("a claim may die before any change it makes to the disk") {
  for (const Bytes in_place_below : {Bytes{0}, k_in_place}) {
    for (unsigned change = 1; change < 100; ++change) {
      QueueBench bench(in_place_below);
      bench.write("alpha.jsonl", line_of("1"));
      bench.write("beta@p3.jsonl", line_of("0"));
      const test::Ended ended = test::run_in_child([&] {
        bench.fs.kill_before_change(change);
        const auto queue = bench.open();
        Batch batch;
        queue->claim(bench.ledger, {}, batch);
      });
      CAPTURE(change);
      CHECK(bench.drain() == Ids{"0", "1"});
      CHECK(bench.drain().empty());
      if (ended.signal == 0) {
        CHECK(change > 3);
        break;
      }
    }
  }
}

TEST_CASE("an appender that dies leaves its line whole or not at all") {
  for (const Step step : {Step::append_opened, Step::append_locked, Step::append_tail_repaired,
                          Step::append_written, Step::append_synced}) {
    CAPTURE(static_cast<int>(step));
    QueueBench bench;
    bench.write("alpha.jsonl", line_of("1") + "{\"torn\":");
    const test::Ended ended = test::run_in_child([&] {
      bench.fs.kill_at(step);
      Spool spool(bench.fs, bench.clock, bench.path());
      Appender(bench.fs, spool, {"alpha", 5}).append(line_of("2"), true);
    });
    CHECK(ended.signal == SIGKILL);
    bench.queue().append({"alpha", 5}, line_of("3"), {});
    const bool is_written = step == Step::append_written || step == Step::append_synced;
    CHECK(bench.drain() ==
          (is_written ? Ids{"1", "torn-line", "2", "3"} : Ids{"1", "torn-line", "3"}));
  }
}

TEST_CASE("a sweep that dies at any step is finished by the next one") {
  for (const Step step : {Step::settle_archived, Step::settle_synced}) {
    QueueBench bench;
    bench.write("alpha.jsonl", line_of("1"));
    (void)bench.drain();
    const test::Ended ended = test::run_in_child([&] {
      bench.fs.kill_at(step);
      (void)bench.open()->sweep(bench.ledger);
    });
    CHECK(ended.signal == SIGKILL);
    CHECK(bench.drain().empty());
    (void)bench.sweep();
    CHECK(bench.names("archive").size() == 1);
  }
}
