#include "core/queue/dir_queue.hpp"
#include "tests/contract/memory_ledger.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace menacedb;
using namespace menacedb::test;

namespace {

using Ids = std::vector<std::string>;

class DirBench {
public:
  DirBench() { DirSpool(fs, path()).create(false); }

  [[nodiscard]] std::string path(const std::string& name = "") const {
    return name.empty() ? m_folder / "q" : m_folder / ("q/" + name);
  }
  [[nodiscard]] std::unique_ptr<DirQueue> open() {
    return std::make_unique<DirQueue>(fs, clock, log, path(), options);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  // An entry whose operation is its name here.
  void add(const std::string& name, const std::string& extra = "") const {
    write("pending/" + name,
          fmt::format(R"({{"operation":"{}","sql":"SELECT 1"{}}})", name, extra));
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  [[nodiscard]] Ids names(const std::string& folder) const {
    Ids found;
    for (const auto& file : std::filesystem::directory_iterator(path(folder))) {
      found.push_back(file.path().filename());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  Ids claim(DirQueue& queue, std::uint64_t most = 1000) {
    ClaimLimits limits;
    limits.entries = most;
    queue.claim(ledger, limits, batch);
    Ids claimed;
    for (const EntryFile& file : batch.files) {
      claimed.push_back(file.name);
    }
    return claimed;
  }
  void settle(DirQueue& queue, const std::string& error = "") {
    Outcomes outcomes;
    for (std::uint32_t i = 0; i < batch.entries.size(); ++i) {
      outcomes.verdicts.push_back(error.empty() ? Verdict::applied : Verdict::dead);
      if (!error.empty()) {
        outcomes.failures.push_back({i, {"sql", error}});
      }
    }
    queue.settle(batch, outcomes);
  }

  FaultFs fs;
  FakeClock clock;
  Log log{LogLevel::error};
  MemoryLedger ledger;
  DirClaimOptions options;
  Batch batch;

private:
  TempDir m_folder;
};

} // namespace

TEST_CASE("entries come in numeric order of priority and then of sequence") {
  DirBench bench;
  for (const char* const name :
       {"10_1767323045000000000_1.json", "2_1767323045000000000_10.json",
        "2_1767323045000000000_9.json", "2_1767323044N_77.json", "1_1767323046000000000_1.json"}) {
    bench.add(name);
  }
  const auto queue = bench.open();
  CHECK(bench.claim(*queue) == Ids{"1_1767323046000000000_1.json", "2_1767323044N_77.json",
                                   "2_1767323045000000000_9.json", "2_1767323045000000000_10.json",
                                   "10_1767323045000000000_1.json"});
  CHECK(bench.names("pending").empty());
  CHECK(bench.names("processing").size() == 5);
}

TEST_CASE("what a dead drain had claimed goes back and comes first again") {
  DirBench bench;
  bench.add("5_1_1.json");
  bench.add("5_2_2.json");
  const auto dead = bench.open();
  CHECK(bench.claim(*dead, 1) == Ids{"5_1_1.json"});
  bench.add("5_3_3.json");
  const auto next = bench.open();
  CHECK(bench.claim(*next) == Ids{"5_1_1.json", "5_2_2.json", "5_3_3.json"});
}

TEST_CASE("an orphan whose place is taken meanwhile is not lost") {
  DirBench bench;
  bench.add("5_1_1.json");
  const auto dead = bench.open();
  bench.claim(*dead);
  bench.add("5_1_1.json");
  const auto next = bench.open();
  CHECK(bench.claim(*next).size() == 2);
}

TEST_CASE("an entry is claimed and settled by a rename each and nothing else is written") {
  DirBench bench;
  bench.add("5_1_1.json");
  const auto queue = bench.open();
  static_cast<void>(queue->spool().id());
  bench.fs.forget_records();
  bench.claim(*queue);
  CHECK(bench.fs.changes() == "rename open");
  bench.fs.forget_records();
  bench.settle(*queue);
  CHECK(bench.fs.changes() == "rename");
  CHECK(bench.names("completed") == Ids{"5_1_1.json"});
  CHECK(bench.names("processing").empty());
}

TEST_CASE("an entry of the same name in completed is not replaced") {
  DirBench bench;
  bench.write("completed/5_1_1.json", "another");
  bench.add("5_1_1.json");
  const auto queue = bench.open();
  bench.claim(*queue);
  bench.settle(*queue);
  CHECK(bench.names("completed").size() == 2);
  CHECK(bench.read("completed/5_1_1.json") == "another");
  CHECK(bench.names("processing").empty());
}

TEST_CASE("a queue is used up when all is claimed that was there at the last look") {
  DirBench bench;
  bench.add("5_1_1.json");
  bench.add("5_1_2.json");
  const auto queue = bench.open();
  bench.claim(*queue, 1);
  CHECK_FALSE(queue->is_used_up());
  bench.settle(*queue);
  bench.claim(*queue, 1);
  CHECK(queue->is_used_up());
}

TEST_CASE("a dead entry lies in failed with its error and nothing else of it is lost") {
  DirBench bench;
  bench.add("5_1_1.json", R"(,"metadata":{"a":[1,2]},"unknown":"kept")");
  const auto queue = bench.open();
  bench.claim(*queue);
  bench.settle(*queue, "no such table: \"t\"");
  CHECK(bench.names("failed") == Ids{"5_1_1.json"});
  const std::string text = bench.read("failed/5_1_1.json");
  CHECK(text.find(R"("error":"no such table: \"t\"")") != std::string::npos);
  CHECK(text.find(R"("failed_at":"2026-01-02T03:04:05Z")") != std::string::npos);
  CHECK(text.find(R"("metadata":{"a":[1,2]},"unknown":"kept")") != std::string::npos);
  CHECK(bench.names("processing").empty());
  CHECK(bench.names(".tmp").empty());
}

TEST_CASE("what is no entry is left alone") {
  DirBench bench;
  bench.write("pending/README", "x");
  bench.write("pending/5_1_1.json.tmp", "x");
  bench.write("outside", R"({"sql":"SELECT 1"})");
  std::filesystem::create_directory(bench.path("pending/5_2_2.json"));
  std::filesystem::create_symlink(bench.path("outside"), bench.path("pending/5_3_3.json"));
  REQUIRE(::mkfifo(bench.path("pending/5_4_4.json").c_str(), 0600) == 0);
  std::filesystem::create_hard_link(bench.path("outside"), bench.path("pending/5_5_5.json"));
  const auto queue = bench.open();
  CHECK(bench.claim(*queue).empty());
  CHECK(bench.claim(*queue).empty());
  CHECK(bench.names("pending").size() == 6);
  CHECK(bench.names("processing").empty());
  CHECK(queue->scan(bench.ledger, 1u << 20).strays.size() ==
        5); // a hard link shows only when it is opened
}

TEST_CASE("a file that is too large fails and is kept whole") {
  DirBench bench;
  bench.options.max_line = 1000;
  bench.write("pending/5_1_1.json", R"({"sql":")" + std::string(5000, 'x') + "\"}");
  const auto queue = bench.open();
  bench.claim(*queue);
  REQUIRE(bench.batch.entries.size() == 1);
  REQUIRE(bench.batch.entries[0].fault >= 0);
  const Fault& fault =
      bench.batch.faults.at(static_cast<std::size_t>(bench.batch.entries[0].fault));
  CHECK(fault.code == "line-too-long");
  bench.settle(*queue, fault.message);
  CHECK(bench.names("failed") == Ids{"5_1_1.json", "5_1_1.json.oversized"});
  CHECK(bench.read("failed/5_1_1.json.oversized").size() == 5010);
  CHECK(bench.read("failed/5_1_1.json").find(R"("length":5010)") != std::string::npos);
}

TEST_CASE("an entry that is not due yet stays where it is until its time") {
  DirBench bench;
  bench.add("5_1_1.json", R"(,"not_before":"2026-01-02T03:05:05Z")");
  bench.add("5_2_2.json");
  const auto queue = bench.open();
  CHECK(bench.claim(*queue) == Ids{"5_2_2.json"});
  CHECK(bench.names("pending") == Ids{"5_1_1.json"});
  bench.settle(*queue);
  CHECK(bench.claim(*queue).empty());
  CHECK(queue->next_due() == parse_instant("2026-01-02T03:05:05Z"));
  bench.clock.advance(std::chrono::minutes(1));
  CHECK(bench.claim(*queue) == Ids{"5_1_1.json"});
}

TEST_CASE("age raises the priority by a step per period when that is asked for") {
  DirBench bench;
  bench.options.age_boost = std::chrono::minutes(10);
  bench.add("9_1767323045000000000_1.json");  // now, by the clock
  bench.add("10_1767321845000000000_2.json"); // 20 minutes old: as good as 8
  const auto queue = bench.open();
  CHECK(bench.claim(*queue) ==
        Ids{"10_1767321845000000000_2.json", "9_1767323045000000000_1.json"});
}

TEST_CASE("a retry is counted in its place and the last one fails the entry") {
  DirBench bench;
  bench.add("5_1_1.json");
  bench.add("5_2_2.json");
  const auto queue = bench.open();
  for (int retry = 1; retry <= 2; ++retry) {
    CHECK(bench.claim(*queue) == Ids{"5_1_1.json", "5_2_2.json"});
    CHECK_FALSE(queue->count_retry(bench.batch, bench.batch.entries[0], 3));
    queue->give_back(bench.batch);
    CHECK(bench.read("pending/5_1_1.json").find(fmt::format("\"retries\":{}", retry)) !=
          std::string::npos);
  }
  CHECK(bench.claim(*queue).size() == 2);
  CHECK(queue->count_retry(bench.batch, bench.batch.entries[0], 3));
  queue->give_back(bench.batch);
  CHECK(bench.names("pending") == Ids{"5_2_2.json"});
  CHECK(bench.read("failed/5_1_1.json").find("max retries exceeded") != std::string::npos);
}

TEST_CASE("a claim of the first batch does not read the rest of the entries") {
  DirBench bench;
  for (int i = 0; i < 3000; ++i) {
    bench.add(fmt::format("5_{}_1.json", 1'000'000'000'000'000'000 + i));
  }
  const auto queue = bench.open();
  CHECK(bench.claim(*queue, 10).size() == 10);
  CHECK(bench.fs.count(FsCall::read) < 20);
}

TEST_CASE("producers never replace each other even without a counter") {
  DirBench bench;
  std::filesystem::create_directory(bench.path(".seq")); // nobody can count
  DirSpool spool(bench.fs, bench.path());
  DirAppender one(bench.fs, bench.clock, spool);
  DirAppender other(bench.fs, bench.clock, spool);
  for (int i = 0; i < 5; ++i) {
    const std::string sequence = one.next_sequence();
    const std::string twin = other.next_sequence();
    CHECK(sequence == twin); // the clock stands still, and both are one process
    one.append({5, sequence, "{}\n", false});
    other.append({5, twin, "{}\n", false});
  }
  CHECK(bench.names("pending").size() == 10);
}

TEST_CASE("the counter goes on where an old producer left it") {
  DirBench bench;
  bench.write(".seq", "41\n");
  DirSpool spool(bench.fs, bench.path());
  DirAppender appender(bench.fs, bench.clock, spool);
  CHECK(appender.next_sequence() == "1767323045000000000_42");
  CHECK(bench.read(".seq") == "42\n");
  bench.write(".seq", "no number, but a longer text than any number");
  CHECK(appender.next_sequence() == "1767323045000000000_1");
  CHECK(bench.read(".seq") == "1\n");
}

TEST_CASE("a full disk leaves nothing behind and says so") {
  DirBench bench;
  DirSpool spool(bench.fs, bench.path());
  DirAppender appender(bench.fs, bench.clock, spool);
  const std::string sequence = appender.next_sequence();
  bench.fs.fill_up_after(3);
  try {
    appender.append({5, sequence, "{\"sql\":\"SELECT 1\"}\n", false});
    FAIL("it was queued");
  } catch (const Error& error) {
    CHECK(error.code() == "disk-full");
  }
  CHECK(bench.names("pending").empty());
  CHECK(bench.names(".tmp").empty());
}

TEST_CASE("a durable entry is synced with its name before it is acknowledged") {
  DirBench bench;
  DirSpool spool(bench.fs, bench.path());
  DirAppender appender(bench.fs, bench.clock, spool);
  const std::string sequence = appender.next_sequence();
  bench.fs.forget_records();
  appender.append({5, sequence, "{}\n", true});
  CHECK(bench.fs.changes() == "open write sync rename sync_directory");
}
