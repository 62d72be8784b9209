#include "core/base/error.hpp"
#include "core/os/posix_fs.hpp"
#include "core/os/process.hpp"
#include "core/queue/spool.hpp"
#include "core/queue/spool_state.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fault_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace menacedb;

namespace {

struct Bench {
  test::TempDir directory;
  test::FaultFs fs;
  test::FakeClock clock;
  Spool spool{fs, clock, directory / "q"};

  [[nodiscard]] std::string state_path() const { return directory / "q/sealed/.spool"; }
  void write_state(const std::string& text) const {
    std::ofstream(state_path(), std::ios::trunc) << text;
  }
};

} // namespace

TEST_CASE("segment numbers go up and a new spool object goes on with them") {
  Bench bench;
  const SegmentId first = bench.spool.next_segment();
  const SegmentId second = bench.spool.next_segment();
  Spool again(bench.fs, bench.clock, bench.directory / "q");
  const SegmentId third = again.next_segment();

  CHECK(second.sequence == first.sequence + 1);
  CHECK(third.sequence == second.sequence + 1);
  CHECK(third.spool == first.spool);
  CHECK(parse_segment(format_segment(third)) == third);
}

TEST_CASE("numbers are synced in blocks before they are used") {
  Bench bench;
  (void)bench.spool.next_segment();
  bench.fs.forget_records();
  for (int i = 0; i < 63; ++i) {
    (void)bench.spool.next_segment();
  }
  CHECK(bench.fs.count(test::FsCall::sync) == 0);
  (void)bench.spool.next_segment();
  CHECK(bench.fs.count(test::FsCall::sync) == 1);
}

TEST_CASE("numbers that another process reserved are used without a sync when it synced them") {
  Bench bench;
  (void)bench.spool.next_segment();
  bench.fs.forget_records();
  Spool other(bench.fs, bench.clock, bench.directory / "q");
  (void)other.next_segment();
  CHECK(bench.fs.count(test::FsCall::sync) == 0);
  CHECK(bench.fs.count(test::FsCall::sync_directory) == 0);
}

TEST_CASE("a spool whose maker died before its syncs is synced with its name by who uses it") {
  Bench bench;
  bench.spool.create_sealed_directory();
  bench.write_state(encode_spool_state({"66f1c2d3a4b5c6d7", 2, 65, boot_id()})); // as it was left
  bench.fs.forget_records();
  CHECK(bench.spool.next_segment().sequence == 2);
  CHECK(bench.fs.count(test::FsCall::sync) == 1);
  CHECK(bench.fs.count(test::FsCall::sync_directory) == 1);
}

TEST_CASE("a block that another process reserved before it died is synced before it is used") {
  Bench bench;
  const SegmentId first = bench.spool.next_segment();
  bench.write_state(encode_spool_state({first.spool, 66, 129, boot_id()})); // same file, marked
  bench.fs.forget_records();
  CHECK(bench.spool.next_segment().sequence == 66);
  CHECK(bench.fs.count(test::FsCall::sync) == 1);
}

TEST_CASE("after another boot the numbers begin behind the reserved ones") {
  Bench bench;
  const SegmentId first = bench.spool.next_segment();
  bench.write_state(
      encode_spool_state({first.spool, first.sequence + 1, first.sequence + 64, "another boot"}));
  CHECK(bench.spool.next_segment().sequence == first.sequence + 64);
  CHECK(bench.spool.next_segment().sequence == first.sequence + 65);
}

TEST_CASE("a boot that cannot be known counts as another one each time") {
  SpoolState state{"66f1c2d3a4b5c6d7", 5, 70, ""};
  CHECK(take_number(state, "") == 70);
  const std::uint64_t next = take_number(state, "");
  CHECK(next == 134);
  CHECK(state.reserved == 198);
}

TEST_CASE("a deleted state gives a spool id that sorts after the segments left behind") {
  Bench bench;
  const SegmentId first = bench.spool.next_segment();
  std::ofstream(bench.spool.sealed_path(first, {"alpha", 5})) << "x\n";
  std::filesystem::remove(bench.state_path());
  bench.clock.set_now(bench.clock.now() - std::chrono::hours(24 * 365));
  CHECK(bench.spool.next_segment().spool > first.spool);
}

TEST_CASE("an empty state is made anew") {
  Bench bench;
  (void)bench.spool.next_segment();
  bench.write_state("");
  CHECK_NOTHROW((void)bench.spool.next_segment());
}

TEST_CASE("a damaged state is an error with a hint") {
  Bench bench;
  (void)bench.spool.next_segment();
  bench.write_state(R"({"spool":"66f1c2d3a4b5c6d7","next":)");
  try {
    (void)bench.spool.next_segment();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == "spool-damaged");
    CHECK(error.message() == "cannot read '" + bench.state_path() + "': it is damaged");
    CHECK(error.hint() == "remove that file: a new one is made, and no segment is lost");
  }
}

TEST_CASE("sealed segments are listed by lane then by number") {
  Bench bench;
  (void)bench.spool.next_segment();
  const std::string id = "66f1c2d3a4b5c6d7";
  for (const char* name : {".10.beta.jsonl", ".9.beta.jsonl", ".3.alpha@p3.jsonl", ".x.beta.jsonl",
                           ".4.beta.txt", ".11.alpha.jsonl"}) {
    std::ofstream(bench.directory / ("q/sealed/" + id + name)) << "x\n";
  }
  std::vector<std::string> found;
  for (const Spool::Sealed& sealed : bench.spool.sealed()) {
    found.push_back(format_segment(sealed.segment).substr(17) + " " + lane_file_name(sealed.lane));
  }
  CHECK(found == std::vector<std::string>{"3 alpha@p3.jsonl", "11 alpha.jsonl", "9 beta.jsonl",
                                          "10 beta.jsonl"});
}
