#include "core/queue/idle_lanes.hpp"
#include "tests/unit/queue/queue_bench.hpp"

using namespace menacedb;
using menacedb::test::Ids;
using menacedb::test::k_in_place;
using menacedb::test::line_of;
using menacedb::test::QueueBench;

namespace {

std::size_t retire_all(QueueBench& bench) {
  Spool spool(bench.fs, bench.clock, bench.path());
  LaneRetirer retirer(bench.fs, spool);
  std::size_t count = 0;
  for (const IdleLane& idle : find_idle_lanes(bench.fs, spool)) {
    count += retirer.retire(idle) ? 1 : 0;
  }
  retirer.sync();
  return count;
}

} // namespace

TEST_CASE("an empty queue file goes and the next entry makes it anew") {
  QueueBench bench;
  bench.write("alpha.jsonl", "");
  CHECK(retire_all(bench) == 1);
  CHECK(bench.names("").empty());
  CHECK(bench.sweep() == 1); // its number is over
  CHECK(bench.names("sealed").empty());
  CHECK(bench.names("archive").empty());
  (void)bench.queue().append({"alpha", 5}, line_of("1"), {});
  CHECK(bench.drain() == Ids{"1"});
}

TEST_CASE("a file with something to apply is no idle lane") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(retire_all(bench) == 0);
  CHECK(bench.drain() == Ids{"1"});
}

TEST_CASE("a file that is decided in place goes to the archive and is applied once") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.drain() == Ids{"1"});
  CHECK(retire_all(bench) == 1);
  CHECK(bench.names("").empty());
  CHECK(bench.drain().empty());
  CHECK(bench.sweep() == 1);
  CHECK(bench.names("archive").size() == 1);
}

TEST_CASE("bytes that came after the look keep the lane") {
  QueueBench bench;
  bench.write("alpha.jsonl", "");
  Spool spool(bench.fs, bench.clock, bench.path());
  const auto idle = find_idle_lanes(bench.fs, spool);
  REQUIRE(idle.size() == 1);
  bench.write("alpha.jsonl", line_of("1"));
  CHECK_FALSE(LaneRetirer(bench.fs, spool).retire(idle[0]));
  CHECK(bench.names("").size() == 1);
}

TEST_CASE("a lane whose lock is held stays") {
  QueueBench bench;
  bench.write("alpha.jsonl", "");
  const Fd file = bench.fs.open(bench.path("alpha.jsonl"), {});
  REQUIRE(bench.fs.try_lock(file, LockMode::exclusive));
  CHECK(retire_all(bench) == 0);
}

TEST_CASE("a producer that had the file open loses nothing") {
  QueueBench bench;
  bench.write("alpha.jsonl", "");
  std::ofstream late(bench.path("alpha.jsonl"), std::ios::app);
  CHECK(retire_all(bench) == 1);
  CHECK(bench.drain().empty());
  CHECK(bench.sweep() == 0); // somebody has it open
  CHECK(bench.names("sealed").size() == 1);
  late << line_of("1") << std::flush;
  late.close();
  CHECK(bench.drain() == Ids{"1"});
  CHECK(bench.sweep() == 1);
  CHECK(bench.names("archive").size() == 1);
}

TEST_CASE("an empty sealed file stays for a second though nobody has it open") {
  QueueBench bench;
  bench.write("alpha.jsonl", "");
  CHECK(retire_all(bench) == 1);
  bench.make_young(bench.names("sealed").at(0));
  CHECK(bench.sweep() == 0);
  bench.clock.advance(std::chrono::seconds(2));
  CHECK(bench.sweep() == 1);
}

TEST_CASE("links and strangers are no idle lanes") {
  QueueBench bench;
  std::ofstream(bench.directory / "elsewhere.jsonl");
  std::filesystem::create_symlink(bench.directory / "elsewhere.jsonl", bench.path("a.jsonl"));
  std::filesystem::create_hard_link(bench.directory / "elsewhere.jsonl", bench.path("b.jsonl"));
  std::filesystem::create_directory(bench.path("c.jsonl"));
  bench.write("queue.failed.jsonl", "");
  bench.write("queue.log.bak", "");
  CHECK(retire_all(bench) == 0);
}
