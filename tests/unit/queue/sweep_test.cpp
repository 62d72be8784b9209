#include "tests/unit/queue/queue_bench.hpp"

using namespace menacedb;
using menacedb::test::FsCall;
using menacedb::test::Ids;
using menacedb::test::k_in_place;
using menacedb::test::line_of;
using menacedb::test::QueueBench;

namespace {

// The last writer writes just before it goes, after the sweep looked at the size.
class LastWord : public PosixFs {
public:
  std::optional<bool> has_no_writer(const std::string& path) override {
    std::ofstream(path, std::ios::app) << line_of("late");
    return PosixFs::has_no_writer(path);
  }
};

} // namespace

TEST_CASE("bytes that came between the look at the size and the lease keep a segment") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.drain();
  LastWord fs;
  JsonlQueue sweeper(fs, bench.clock, bench.log, bench.path(), bench.options);
  CHECK(sweeper.sweep(bench.ledger).empty());
  CHECK(bench.drain() == Ids{"late"});
}

TEST_CASE("a decided segment is archived a second after its seal") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.drain();
  bench.make_young(bench.names("sealed").at(0));
  CHECK(bench.sweep() == 0);
  bench.clock.advance(std::chrono::seconds(2));
  CHECK(bench.sweep() == 1);
  CHECK(bench.names("sealed").empty());
  CHECK(bench.names("archive").size() == 1);
}

TEST_CASE("a clock that was set back does not make the wait longer") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.drain();
  bench.make_young(bench.names("sealed").at(0));
  bench.clock.set_now(bench.clock.now() - std::chrono::hours(5));
  CHECK(bench.sweep() == 1);
}

TEST_CASE("one pair of directory syncs serves all segments of a sweep") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  bench.write("beta.jsonl", line_of("2"));
  (void)bench.drain();
  std::filesystem::create_directory(bench.path("archive"));
  bench.fs.forget_records();
  CHECK(bench.sweep() == 2);
  CHECK(bench.fs.count(FsCall::sync_directory) == 2);
}

TEST_CASE("an archive that a power cut undid is archived again and not applied again") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.drain();
  REQUIRE(bench.sweep() == 1);
  const std::string name = bench.names("archive").at(0).substr(8);
  std::filesystem::rename(bench.path("archive/" + name), bench.path("sealed/" + name));
  bench.restart();
  CHECK(bench.drain().empty());
  CHECK(bench.sweep() == 1);
  CHECK(bench.names("sealed").empty());
  CHECK(bench.names("archive").size() == 1);
}

TEST_CASE("an undecided segment is not archived") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.claim();
  CHECK(bench.sweep() == 0);
  CHECK(bench.drain() == Ids{"1"});
}

TEST_CASE("a rewritten segment of the same size is not archived as decided") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.drain();
  std::ofstream(bench.path(bench.names("sealed").at(0)), std::ios::trunc) << line_of("2");
  CHECK(bench.sweep() == 0);
  CHECK(bench.drain() == Ids{"2"});
}

TEST_CASE("segments that were archived but not folded can be found") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  bench.write("beta.jsonl", line_of("2"));
  (void)bench.drain();
  std::vector<SegmentId> known{{"66f1c2d3a4b5c6d7", 3}};
  const auto active = read_identity(bench.fs, bench.fs.open(bench.path("alpha.jsonl"), {}));
  REQUIRE(active.has_value());
  known.push_back(*active);
  CHECK(bench.queue().without_file(known) == std::vector<SegmentId>{known[0]});
}
