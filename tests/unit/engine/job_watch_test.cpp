#include "core/engine/jobs/job_end.hpp"
#include "core/engine/jobs/job_watch.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace std::chrono_literals;

namespace {

struct Bench {
  test::TempDir directory;
  PosixFs fs;
  test::FakeClock clock;
  StopFlag stop;
  std::string path = directory / "jobs.db";
  JobWatch watch{clock, path};

  void write(const std::string& name) {
    const Fd file = fs.open(directory / name, {.mode = OpenMode::append, .create = true});
    fs.write_all(file, "x");
  }
  // Looks in vain until no further one is to come, and says when.
  std::vector<Duration> looks() {
    const Duration begin = clock.monotonic();
    std::vector<Duration> times;
    while (watch.next_look() != Duration::max()) {
      clock.advance(std::max(watch.next_look() - clock.monotonic(), Duration::zero()));
      if (watch.is_look_due(stop)) {
        times.push_back(clock.monotonic() - begin);
        watch.note(false, false);
      }
    }
    return times;
  }
};

} // namespace

TEST_CASE("a change of a database is followed by looks that grow rarer and end") {
  Bench bench;
  CHECK_FALSE(bench.looks().empty()); // what was there before is looked at, too
  for (const std::string name : {"jobs.db-wal", "jobs.db", "jobs.db-journal"}) {
    CHECK_FALSE(bench.watch.is_look_due(bench.stop));
    bench.write(name);
    CHECK(bench.watch.is_look_due(bench.stop));
    const auto times = bench.looks();
    REQUIRE(times.size() > 5);
    CHECK(times.size() < 60);
    CHECK(times.front() == 0s);
    CHECK(times.back() >= 60s);
    for (std::size_t i = 1; i < times.size(); ++i) {
      CHECK(times[i] <= std::max(times[i - 1] * 5 / 4, times[i - 1] + 10ms));
    }
  }
}

TEST_CASE("a change that is known to be over is looked at once") {
  Bench bench;
  (void)bench.looks();
  bench.write("jobs.db-wal");
  REQUIRE(bench.watch.is_look_due(bench.stop));
  bench.watch.note(false, true);
  bench.clock.advance(1s);
  CHECK(bench.watch.next_look() == Duration::max());
  CHECK_FALSE(bench.watch.is_look_due(bench.stop));
  bench.write("jobs.db-wal");
  CHECK(bench.watch.is_look_due(bench.stop));
}

TEST_CASE("a change is noticed however long the next look for an older one is off") {
  Bench bench;
  bench.write("jobs.db-wal");
  for (const Duration begin = bench.clock.monotonic(); bench.clock.monotonic() < begin + 40s;) {
    if (bench.watch.is_look_due(bench.stop)) {
      bench.watch.note(false, false);
    }
    if (bench.watch.files() == nullptr) { // the files wake nobody yet: the clock has to, and soon
      const Duration pause = bench.watch.next_look() - bench.clock.monotonic();
      CHECK(pause > 0s);
      CHECK(pause <= 10ms);
      bench.clock.advance(pause);
    } else {
      bench.clock.advance(bench.watch.next_look() - bench.clock.monotonic());
    }
  }
  REQUIRE(bench.watch.is_look_due(bench.stop));
  bench.watch.note(false, false);
  bench.clock.advance(bench.watch.next_look() - bench.clock.monotonic());
  REQUIRE(bench.watch.files() != nullptr);
  REQUIRE(bench.watch.next_look() > bench.clock.monotonic() + 5s);
  bench.write("jobs.db-wal");
  CHECK(bench.watch.is_look_due(bench.stop));
}

TEST_CASE("files of other databases are no reason to look") {
  Bench bench;
  (void)bench.looks();
  bench.write("other.db-wal");
  bench.write("jobs.db-menacedb.lock");
  CHECK_FALSE(bench.watch.is_look_due(bench.stop));
}

TEST_CASE("looks that find nothing while others write grow rare until one finds something") {
  Bench bench;
  (void)bench.looks();
  const auto looks_in_a_second = [&] {
    int looks = 0;
    for (int i = 0; i < 1000; ++i) { // a change each millisecond
      bench.write("jobs.db-wal");
      bench.clock.advance(1ms);
      if (bench.watch.is_look_due(bench.stop)) {
        bench.watch.note(false, false);
        ++looks;
      }
    }
    return looks;
  };
  const int at_first = looks_in_a_second();
  for (int i = 0; i < 10; ++i) {
    (void)looks_in_a_second();
  }
  const int later = looks_in_a_second();
  CHECK(at_first > 20);
  CHECK(later <= 6);
  CHECK(later >= 4);
  bench.clock.advance(1s);
  bench.write("jobs.db-wal");
  REQUIRE(bench.watch.is_look_due(bench.stop));
  bench.watch.note(true, false);
  CHECK(looks_in_a_second() > 20);
}

TEST_CASE("what a program said becomes readable text") {
  CHECK(readable_text("") == "");
  CHECK(readable_text(" said\n\n") == " said");
  CHECK(readable_text("\xa4\xb8 cut \xe4\xb8") == " cut \\xe4\\xb8");
  CHECK(readable_text(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(readable_text("\u00e4\xff") == "\u00e4\\xff");
}
