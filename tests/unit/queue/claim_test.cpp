#include "core/base/hash.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/queue/queue_bench.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

using namespace menacedb;
using menacedb::test::FsCall;
using menacedb::test::Ids;
using menacedb::test::k_in_place;
using menacedb::test::line_of;
using menacedb::test::QueueBench;

TEST_CASE("a sealing claim leaves the queue file present and empty") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.decide() == Ids{"1"});
  CHECK(std::filesystem::file_size(bench.path("alpha.jsonl")) == 0);
  REQUIRE(bench.names("sealed").size() == 1);
  CHECK(bench.read(bench.names("sealed")[0]) == line_of("1"));
}

TEST_CASE("an active file is decided in place and left alone") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.decide() == Ids{"1"});
  bench.write("alpha.jsonl", line_of("2"));
  CHECK(bench.decide() == Ids{"2"});
  CHECK(bench.read("alpha.jsonl") == line_of("1") + line_of("2"));
  CHECK(bench.names("sealed").empty());
  CHECK(bench.batch.slices.size() == 1);
  CHECK(bench.batch.slices[0].begin == line_of("1").size());
}

TEST_CASE("sealing a file that was decided in place keeps its number and its offset") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.decide();
  const SegmentId segment = bench.batch.slices[0].segment;
  bench.write("alpha.jsonl", line_of("2"));
  bench.options.in_place_below = 0;
  bench.restart();
  CHECK(bench.decide() == Ids{"2"});
  CHECK(bench.batch.slices[0].segment == segment);
  CHECK(bench.batch.slices[0].is_sealed);
  CHECK(bench.drain().empty());
  CHECK(bench.sweep() == 1);
  CHECK(bench.names("archive").size() == 1);
}

TEST_CASE("a file that is decided to its end in place is still sealed when asked to") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.decide();
  bench.options.in_place_below = 0;
  bench.restart();
  CHECK(bench.decide().empty());
  CHECK(std::filesystem::file_size(bench.path("alpha.jsonl")) == 0);
  CHECK(bench.sweep() == 1);
}

TEST_CASE("an active file that grew large is sealed only for new bytes") {
  QueueBench bench(40);
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.decide();
  bench.write("alpha.jsonl", line_of("2"));
  CHECK(bench.decide() == Ids{"2"});
  CHECK(bench.names("sealed").size() == 1);
  CHECK(std::filesystem::file_size(bench.path("alpha.jsonl")) == 0);

  QueueBench other(k_in_place);
  other.write("alpha.jsonl", line_of("1"));
  (void)other.decide();
  other.options.in_place_below = 1;
  other.restart();
  CHECK(other.decide().empty());
  CHECK(other.names("sealed").empty());
}

TEST_CASE("without attributes in the file system files are sealed") {
  QueueBench bench(k_in_place);
  bench.fs.fail({.call = FsCall::set_attribute,
                 .error_number = EOPNOTSUPP,
                 .is_lasting = true,
                 .path_part = {}});
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.decide() == Ids{"1"});
  CHECK(bench.names("sealed").size() == 1);
}

TEST_CASE("without an exchange in the file system files are sealed by two renames") {
  QueueBench bench;
  bench.fs.fail(
      {.call = FsCall::exchange, .error_number = EINVAL, .is_lasting = true, .path_part = {}});
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.decide() == Ids{"1"});
  CHECK(std::filesystem::file_size(bench.path("alpha.jsonl")) == 0);
  CHECK(bench.names("sealed").size() == 1);
}

TEST_CASE("a sealed file keeps owner and mode for its successor") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  std::filesystem::permissions(bench.path("alpha.jsonl"), std::filesystem::perms(0640));
  (void)bench.decide();
  CHECK(bench.fs.stat(bench.path("alpha.jsonl")).value().mode == 0640);
}

TEST_CASE("a lane whose file is locked is skipped this time") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  bench.write("beta.jsonl", line_of("2"));
  {
    const Fd holder = bench.fs.open(bench.path("alpha.jsonl"), {.mode = OpenMode::append});
    bench.fs.lock(holder, LockMode::exclusive);
    CHECK(bench.decide() == Ids{"2"});
    CHECK(bench.queue().held_back().has_value());
  }
  CHECK(bench.decide() == Ids{"1"});
}

TEST_CASE("the bytes of a batch and their names are synced before it is given out") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  bench.write("beta.jsonl", line_of("2"));
  (void)bench.claim();
  CHECK(bench.fs.count(FsCall::sync_directory) >= 2);
  unsigned synced = 0;
  for (const auto& record : bench.fs.records()) {
    synced += record.call == FsCall::sync && record.path.find("sealed/") != std::string::npos &&
                      record.path.ends_with(".jsonl")
                  ? 1
                  : 0;
  }
  CHECK(synced == 2);
  bench.fs.forget_records();
  (void)bench.claim();
  CHECK(bench.fs.count(FsCall::sync) == 0);
}

TEST_CASE("names that another process sealed are synced before they are given out") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.claim();
  bench.restart();
  bench.fs.forget_records();
  CHECK(bench.claim() == Ids{"1"});
  CHECK(bench.fs.count(FsCall::sync_directory) == 2);
}

TEST_CASE("the mark of an active file is synced with its attributes") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.claim();
  bench.write("alpha.jsonl", line_of("2"));
  bench.fs.forget_records();
  (void)bench.claim();
  CHECK(bench.fs.count(FsCall::sync) == 1);
  CHECK(bench.fs.count(FsCall::sync_directory) == 0);
}

TEST_CASE("after a failed sync the lane is not served again by this process") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  bench.fs.fail({.call = FsCall::sync, .error_number = EIO, .path_part = ".alpha.jsonl"});
  CHECK_THROWS((void)bench.claim());
  CHECK(bench.batch.is_empty());
  CHECK(bench.count_events("sync-failed") == 1);
  bench.write("beta.jsonl", line_of("2"));
  CHECK(bench.drain() == Ids{"2"});
}

TEST_CASE("an idle spool costs one stat for each lane and no look at the ledger") {
  QueueBench bench(k_in_place);
  for (int i = 0; i < 50; ++i) {
    bench.write(fmt::format("lane{}.jsonl", i), line_of("x"));
  }
  (void)bench.drain();
  (void)bench.claim();
  bench.fs.forget_records();
  bench.ledger.questions = 0;
  (void)bench.claim();
  CHECK(bench.batch.is_empty());
  CHECK(bench.fs.count(FsCall::stat) <= 53);
  CHECK(bench.fs.count(FsCall::open) == 0);
  CHECK(bench.ledger.questions == 0);
}

TEST_CASE("a claim in the middle of a backlog does not list the sealed segments") {
  QueueBench bench;
  for (int i = 0; i < 200; ++i) {
    bench.write("alpha.jsonl", line_of("x"));
  }
  ClaimLimits limits;
  limits.bytes = 500;
  (void)bench.decide(limits);
  (void)bench.decide(limits);
  bench.fs.forget_records();
  (void)bench.decide(limits);
  CHECK(bench.fs.count(FsCall::list) == 1);
}

TEST_CASE("what another process sealed comes before what it appended then") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1") + line_of("2"));
  ClaimLimits limits;
  limits.entries = 1;
  CHECK(bench.decide(limits) == Ids{"1"});
  bench.write("alpha.jsonl", line_of("3") + "{torn");
  (void)bench.open()->append({"alpha", 5}, line_of("4"), {});
  CHECK(bench.drain() == Ids{"2", "3", "torn-line", "4"});
}

TEST_CASE("what another process seals during a claim comes first in the next one") {
  // Answers as the bench's ledger does; at the first question the other process is at work.
  class Interrupted : public LedgerView {
  public:
    explicit Interrupted(QueueBench& bench) : m_bench(bench) {}
    Position position(const SegmentId& segment) override {
      if (!m_is_done) {
        m_is_done = true;
        m_bench.write("alpha.jsonl", "{torn");
        (void)m_bench.open()->append({"alpha", 5}, line_of("3"), {});
      }
      return m_bench.ledger.position(segment);
    }
    std::uint64_t highest(std::string_view spool) override { return m_bench.ledger.highest(spool); }

  private:
    QueueBench& m_bench;
    bool m_is_done = false;
  };
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.claim();
  bench.write("alpha.jsonl", line_of("2"));
  bench.options.in_place_below = k_in_place;
  bench.restart();
  Interrupted ledger(bench);
  bench.queue().claim(ledger, {}, bench.batch);
  REQUIRE(bench.ledger.decide(bench.batch));
  CHECK(bench.batch.entries.size() == 1);
  CHECK(bench.drain() == Ids{"2", "torn-line", "3"});
}
