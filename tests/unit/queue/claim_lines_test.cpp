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

TEST_CASE("an unterminated last line of an active file stays") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1") + "{\"tab");
  CHECK(bench.drain() == Ids{"1"});
  bench.write("alpha.jsonl", "le\":\"t\",\"data\":{},\"id\":\"2\"}\n");
  CHECK(bench.drain() == Ids{"2"});
}

TEST_CASE("an unterminated last line of a sealed segment is taken when no writer is left") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1") + R"({"table":"t","data":{},"id":"2"})");
  CHECK(bench.drain() == Ids{"1", "2"});
  CHECK(bench.sweep() == 1);
}

TEST_CASE("an unterminated last line that does not parse is dead") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1") + R"({"table":"t","da)");
  CHECK(bench.claim() == Ids{"1", "torn-line"});
  CHECK(bench.batch.faults.at(0).message == "unterminated last line");
  CHECK(bench.batch.entries[1].line == R"({"table":"t","da)");
}

TEST_CASE("an unterminated last line waits for a second after the seal and holds up the lane") {
  QueueBench bench;
  bench.write("alpha.jsonl", R"({"table":"t","data":{},"id":"1"})");
  bench.make_young("alpha.jsonl");
  CHECK(bench.claim().empty());
  bench.write("alpha.jsonl", line_of("2"));
  CHECK(bench.claim().empty());
  CHECK(bench.queue().held_back().has_value());
  bench.clock.advance(std::chrono::seconds(2));
  CHECK(bench.drain() == Ids{"1", "2"});
}

TEST_CASE("an unterminated last line waits for its living writer but not the lane for long") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1") + "{\"table\":\"t\",");
  std::ofstream writer(bench.path("alpha.jsonl"), std::ios::app);
  CHECK(bench.drain() == Ids{"1"});
  bench.write("alpha.jsonl", line_of("3"));
  CHECK(bench.drain() == Ids{"3"});
  writer << "\"data\":{},\"id\":\"2\"}\n" << std::flush;
  CHECK(bench.drain() == Ids{"2"});
  CHECK(bench.sweep() == 1);
  writer.close();
  CHECK(bench.sweep() == 1);
}

TEST_CASE("without leases the unterminated line waits for a grace period") {
  QueueBench bench;
  bench.fs.fail(
      {.call = FsCall::lease, .error_number = EACCES, .is_lasting = true, .path_part = {}});
  bench.write("alpha.jsonl", R"({"table":"t","data":{},"id":"1"})");
  bench.make_young("alpha.jsonl");
  CHECK(bench.claim().empty());
  bench.clock.advance(std::chrono::seconds(2));
  CHECK(bench.claim().empty());
  bench.clock.advance(std::chrono::seconds(4));
  CHECK(bench.drain() == Ids{"1"});
}

TEST_CASE("late bytes of a producer that kept the file open are decided like any others") {
  QueueBench bench;
  std::ofstream producer(bench.path("alpha.jsonl"), std::ios::app);
  producer << line_of("1") << std::flush;
  CHECK(bench.drain() == Ids{"1"});
  CHECK(bench.sweep() == 0);
  producer << line_of("2") << std::flush;
  CHECK(bench.drain() == Ids{"2"});
  producer << line_of("3") << std::flush;
  producer.close();
  CHECK(bench.sweep() == 0);
  CHECK(bench.drain() == Ids{"3"});
  CHECK(bench.sweep() == 1);
  CHECK(bench.read(bench.names("archive")[0]) == line_of("1") + line_of("2") + line_of("3"));
}

TEST_CASE("a sealed segment whose decided bytes changed is read again under a new number") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.decide();
  const std::string before = bench.names("sealed").at(0);
  std::ofstream(bench.path(before), std::ios::trunc) << line_of("a") << line_of("b");
  bench.restart();
  CHECK(bench.drain() == Ids{"a", "b"});
  CHECK(bench.names("sealed").at(0) != before);
  CHECK(bench.count_events("segment-rewritten") == 1);
}

TEST_CASE("an active file that was rewritten or cut is read again under a new number") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1") + line_of("2"));
  (void)bench.drain();
  SUBCASE("shorter") {
    std::ofstream(bench.path("alpha.jsonl"), std::ios::trunc) << line_of("3");
  }
  SUBCASE("longer") {
    std::ofstream(bench.path("alpha.jsonl"), std::ios::trunc)
        << line_of("3") << std::string(500, ' ') << "\n";
  }
  SUBCASE("of the same size") {
    std::ofstream(bench.path("alpha.jsonl"), std::ios::trunc) << line_of("3") << line_of(" ");
  }
  const Ids ids = bench.drain();
  REQUIRE_FALSE(ids.empty());
  CHECK(ids[0] == "3");
  CHECK(bench.count_events("segment-rewritten") == 1);
}

TEST_CASE("a recreated file is a new segment") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.drain();
  std::filesystem::remove(bench.path("alpha.jsonl"));
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.drain() == Ids{"1"});
}

TEST_CASE("a copy of a lane file with its attributes is a segment of its own") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.drain();
  REQUIRE(test::run_command(
              {.arguments = {"cp", "-a", bench.path("alpha.jsonl"), bench.path("beta.jsonl")},
               .input = {},
               .environment = {},
               .directory = {}})
              .ended.status == 0);
  CHECK(bench.drain() == Ids{"1"});
}

TEST_CASE("an archived file that is copied back with its attributes is applied again") {
  QueueBench bench(k_in_place);
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.drain();
  bench.options.in_place_below = 0;
  bench.restart();
  (void)bench.drain();
  REQUIRE(bench.sweep() == 1);
  bench.options.in_place_below = k_in_place;
  bench.restart();
  std::filesystem::remove(bench.path("alpha.jsonl"));
  std::filesystem::rename(bench.path(bench.names("archive")[0]), bench.path("alpha.jsonl"));
  CHECK(bench.drain() == Ids{"1"});
}

TEST_CASE("a line beyond the limit is skipped in little memory and the rest goes on") {
  QueueBench bench;
  bench.options.max_line = 1u << 20;
  const std::string long_line(5u << 20, 'x');
  bench.write("alpha.jsonl", line_of("1") + long_line + "\n" + line_of("2"));
  CHECK(bench.decide() == Ids{"1"});
  CHECK(bench.decide() == Ids{"line-too-long"});
  const Entry& entry = bench.batch.entries[0];
  CHECK(entry.line == long_line.substr(0, 4096));
  CHECK(entry.length == long_line.size() + 1);
  CHECK(entry.origin == "alpha");
  CHECK(bench.batch.faults[0].message ==
        fmt::format("the line of 5242880 bytes is longer than 1048576 (SHA-256 {})",
                    sha256_hex(long_line)));
  CHECK(bench.decide() == Ids{"2"});
  CHECK(bench.drain().empty());
  CHECK(bench.read("queue.log.bak") == line_of("1") + long_line + "\n" + line_of("2"));
  CHECK(bench.sweep() == 1);
}

TEST_CASE("a line that grows beyond the limit in place is not read from its beginning each time") {
  QueueBench bench(1u << 30);
  bench.options.max_line = 1u << 20;
  bench.write("alpha.jsonl", std::string(4u << 20, 'x'));
  CHECK(bench.claim().empty());
  bench.write("alpha.jsonl", "y");
  bench.fs.forget_records();
  CHECK(bench.claim().empty());
  CHECK(bench.fs.count(FsCall::read) <= 3);
  bench.write("alpha.jsonl", "\n" + line_of("1"));
  CHECK(bench.drain() == Ids{"line-too-long", "1"});
}

TEST_CASE("a line larger than a batch but within the limit is taken whole") {
  QueueBench bench;
  const std::string id(3u << 20, 'i');
  bench.write("alpha.jsonl", line_of("1") + line_of(id) + line_of("2"));
  CHECK(bench.drain() == Ids{"1", id, "2"});
}

TEST_CASE("strays are left alone and reported once and the other lanes go on") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  std::ofstream(bench.directory / "outside.jsonl") << line_of("x");
  std::filesystem::create_symlink(bench.directory / "outside.jsonl", bench.path("link.jsonl"));
  std::filesystem::create_hard_link(bench.directory / "outside.jsonl", bench.path("hard.jsonl"));
  std::filesystem::create_directory(bench.path("folder.jsonl"));
  REQUIRE(::mkfifo(bench.path("fifo.jsonl").c_str(), 0666) == 0);
  CHECK(bench.drain() == Ids{"1"});
  CHECK(bench.drain().empty());
  CHECK(bench.count_events("event=stray") == 4);
  CHECK(bench.count_events("link.jsonl") == 1);

  const QueueScan scan = bench.queue().scan(bench.ledger, 1000);
  REQUIRE(scan.strays.size() == 4);
  CHECK(scan.strays[0].reason == "is not a regular file");
  CHECK(scan.strays[1].reason == "is a directory");
  CHECK(scan.strays[2].reason == "has 2 hard links");
  CHECK(scan.strays[3].reason == "is a symbolic link");
}

TEST_CASE("a file whose name only looks like that of a queue file is reported") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1"));
  bench.write(".hidden.jsonl", line_of("x"));
  bench.write(std::string(210, 'n') + ".jsonl", line_of("x"));
  CHECK(bench.drain() == Ids{"1"});
  CHECK(bench.count_events("event=stray") == 2);
  CHECK(bench.queue().scan(bench.ledger, 1000).strays.size() == 2);
}

TEST_CASE("the failed file and other names are no lanes") {
  QueueBench bench;
  bench.write("queue.failed.jsonl", line_of("x"));
  bench.write("queue.log.bak", line_of("x"));
  bench.write("notes.txt", "x");
  CHECK(bench.drain().empty());
  CHECK(bench.events.empty());
  CHECK(bench.queue().scan(bench.ledger, 1000).queues.empty());
}

TEST_CASE("the origin in files of old producers is only what the lines say") {
  QueueBench bench;
  bench.write("bots_queue.jsonl", line_of("1"));
  (void)bench.claim();
  CHECK(bench.batch.entries.at(0).origin.empty());
}

TEST_CASE("the flat archive gets every processed line") {
  QueueBench bench;
  bench.write("alpha.jsonl", line_of("1") + "\n{broken\n");
  bench.write("beta.jsonl", line_of("2") + "{torn");
  (void)bench.drain();
  CHECK(bench.read("queue.log.bak") == line_of("1") + "\n{broken\n" + line_of("2") + "{torn\n");
}

TEST_CASE("the flat archive is written from the segment when the batch is not at hand") {
  QueueBench bench;
  bench.options.flat_archive = false;
  bench.write("alpha.jsonl", line_of("1"));
  (void)bench.decide();
  bench.options.flat_archive = true;
  bench.open()->settle(bench.batch, {});
  CHECK(bench.read("queue.log.bak") == line_of("1"));
}

TEST_CASE("a flat archive that cannot be written is a warning") {
  QueueBench bench;
  std::filesystem::create_directory(bench.path("queue.log.bak"));
  bench.write("alpha.jsonl", line_of("1"));
  CHECK(bench.decide() == Ids{"1"});
  bench.write("alpha.jsonl", line_of("2"));
  CHECK(bench.decide() == Ids{"2"});
  CHECK(bench.count_events("flat-archive-failed") == 1);
}

TEST_CASE("a missing spool has nothing to claim and nothing to count") {
  QueueBench bench;
  std::filesystem::remove(bench.path());
  CHECK(bench.drain().empty());
  CHECK(bench.queue().scan(bench.ledger, 1000).queues.empty());
  CHECK_FALSE(std::filesystem::exists(bench.path()));
}
