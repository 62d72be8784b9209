#include "core/base/error.hpp"
#include "core/engine/worker/upkeep.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <thread>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

UpkeepTask task(std::string name, Duration every) {
  return {std::move(name), every, [](const Context&) { return UpkeepDone(); }};
}

std::string name_of(const UpkeepTask* task) {
  return task == nullptr ? "" : task->name;
}

// A folder, a clock that stands still, and what was logged.
struct Bench {
  TempDir folder;
  PosixFs fs;
  FakeClock clock;
  std::string logged;
  Log log{LogLevel::info, LogFormat::kv, [this](std::string_view line) { logged += line; }};
  Settings settings = load();

  [[nodiscard]] Settings load() {
    ConfigSources sources;
    sources.system_directory = "/nonexistent";
    sources.flags["dir_queue.dir"] = folder.path();
    return Settings::load(fs, sources);
  }
  [[nodiscard]] std::vector<UpkeepRecord> records() { return read_upkeep_records(fs, settings); }
};

void finish(Upkeep& upkeep) {
  while (upkeep.is_running()) {
    std::this_thread::yield();
    upkeep.turn();
  }
}

} // namespace

TEST_CASE("what was never done is due at once and then once in each period") {
  FakeClock clock;
  UpkeepSchedule schedule(clock, {task("a", 1h)});
  CHECK(name_of(schedule.next_due()) == "a");
  CHECK(schedule.wait() == Duration::zero());
  schedule.note({"a", clock.now(), true, ""});
  CHECK(schedule.next_due() == nullptr);
  CHECK(schedule.wait() == Duration(1h));
  clock.advance(1h);
  CHECK(name_of(schedule.next_due()) == "a");
}

TEST_CASE("a task with the period zero is never due") {
  FakeClock clock;
  UpkeepSchedule schedule(clock, {task("a", Duration::zero())});
  CHECK(schedule.next_due() == nullptr);
  CHECK_FALSE(schedule.wait());
}

TEST_CASE("the run of an earlier worker counts") {
  FakeClock clock;
  UpkeepSchedule schedule(clock, {task("a", 1h), task("b", 1h)});
  schedule.learn({{"a", clock.now() - 20min, true, ""}, {"b", clock.now() - 50min, true, ""}});
  CHECK(schedule.next_due() == nullptr);
  CHECK(schedule.wait() == Duration(10min));
  clock.advance(10min);
  CHECK(name_of(schedule.next_due()) == "b");
}

TEST_CASE("a failure is tried again soon and less and less often up to the period") {
  FakeClock clock;
  UpkeepSchedule schedule(clock, {task("a", 3min)});
  for (const Duration pause : {Duration(1min), Duration(2min), Duration(3min), Duration(3min)}) {
    schedule.note({"a", clock.now(), false, "disk full"});
    CHECK(schedule.wait() == pause);
    clock.advance(pause);
  }
  schedule.note({"a", clock.now(), true, ""});
  schedule.note({"a", clock.now(), false, "disk full"});
  CHECK(schedule.wait() == Duration(1min));
}

TEST_CASE("a clock that is set neither hurries a task nor holds it up") {
  FakeClock clock;
  UpkeepSchedule schedule(clock, {task("a", 1h)});
  schedule.note({"a", clock.now(), true, ""});
  clock.set_now(clock.now() + std::chrono::years(1));
  CHECK(schedule.wait() == Duration(1h));
  clock.set_now(clock.now() - std::chrono::years(3));
  CHECK(schedule.wait() == Duration(1h));
}

TEST_CASE("a run that was recorded in the future holds a task up for one period at most") {
  FakeClock clock;
  UpkeepSchedule schedule(clock, {task("a", 1h)});
  const std::vector<UpkeepRecord> records{{"a", clock.now() + std::chrono::years(1), true, ""}};
  schedule.learn(records);
  CHECK(schedule.wait() == Duration(1h));
  clock.advance(1h);
  schedule.learn(records);
  CHECK(name_of(schedule.next_due()) == "a");
}

TEST_CASE("a period of a microsecond is one second") {
  FakeClock clock;
  UpkeepSchedule schedule(clock, {task("a", Duration(1))});
  schedule.note({"a", clock.now(), true, ""});
  CHECK(schedule.wait() == Duration(1s));
}

TEST_CASE("records keep any text on one line each") {
  Bench bench;
  write_upkeep_record(bench.fs, bench.settings, {"b", bench.clock.now(), true, ""});
  write_upkeep_record(bench.fs, bench.settings,
                      {"a", bench.clock.now(), false, "no\nb 2026-01-02T03:04:05Z ok room"});
  write_upkeep_record(bench.fs, bench.settings, {"b", bench.clock.now() + 1s, true, "2 of 3"});
  const auto records = bench.records();
  REQUIRE(records.size() == 2);
  CHECK(records[0].task == "a");
  CHECK_FALSE(records[0].is_ok);
  CHECK(records[1].ended_at == bench.clock.now() + 1s);
  CHECK(records[1].text == "2 of 3");
}

TEST_CASE("records that are garbage are as good as none") {
  Bench bench;
  std::ofstream(upkeep_records_path(bench.settings))
      << '\0' << "\xff a\n\na b c\na 2026-01-02T03:04:05Z maybe x\nb 2026-01-02T03:04:05Z ok";
  const auto records = bench.records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].task == "b");
}

TEST_CASE("a task runs on a thread of its own and is recorded when it ended") {
  Bench bench;
  std::latch may_end(1);
  std::thread::id where;
  Upkeep upkeep(bench.fs, bench.clock);
  upkeep.configure(bench.settings, bench.log, {{"a", 1h, [&](const Context&) {
                                                  where = std::this_thread::get_id();
                                                  may_end.wait();
                                                  return UpkeepDone{"two things", {}};
                                                }}});
  upkeep.turn();
  CHECK(upkeep.is_running());
  CHECK(upkeep.next_wake() < Duration(1s));
  upkeep.turn();
  CHECK(bench.records().empty());
  may_end.count_down();
  finish(upkeep);
  CHECK(where != std::this_thread::get_id());
  CHECK(upkeep.next_wake() == Duration(1h));
  REQUIRE(bench.records().size() == 1);
  CHECK(bench.records()[0].text == "two things");
  CHECK(bench.logged.find("did='two things'") != std::string::npos);
}

TEST_CASE("a task that fails is told once and the others have their turn") {
  Bench bench;
  int runs = 0;
  Upkeep upkeep(bench.fs, bench.clock);
  upkeep.configure(bench.settings, bench.log,
                   {{"a", 1h,
                     [&](const Context&) -> UpkeepDone {
                       ++runs;
                       throw Error(ErrorKind::io, "disk-full", "cannot write");
                     }},
                    task("b", 1h)});
  for (int i = 0; i < 3; ++i) {
    upkeep.turn();
    finish(upkeep);
    bench.clock.advance(1min);
  }
  CHECK(runs == 2);
  CHECK(bench.records().size() == 2);
  CHECK_FALSE(bench.records()[0].is_ok);
  CHECK(bench.records()[0].text == "cannot write");
  CHECK(bench.logged.find("cannot write") == bench.logged.rfind("cannot write"));
}

TEST_CASE("a stop ends a task and leaves it due") {
  Bench bench;
  Upkeep upkeep(bench.fs, bench.clock);
  upkeep.configure(bench.settings, bench.log, {{"a", 1h, [](const Context& context) {
                                                  while (!context.stop.is_requested()) {
                                                    std::this_thread::yield();
                                                  }
                                                  return UpkeepDone();
                                                }}});
  upkeep.turn();
  CHECK(upkeep.is_running());
  upkeep.stop();
  CHECK_FALSE(upkeep.is_running());
  CHECK(bench.records().empty());
  CHECK(upkeep.next_wake() == Duration::zero());
}

TEST_CASE("a task that another process does waits and counts when that has done it") {
  Bench bench;
  int runs = 0;
  Upkeep upkeep(bench.fs, bench.clock);
  upkeep.configure(bench.settings, bench.log, {{"a", 1h, [&](const Context&) {
                                                  ++runs;
                                                  return UpkeepDone();
                                                }}});
  {
    const auto held =
        FileLock::try_acquire(bench.fs, bench.clock, upkeep_lock_path(bench.settings));
    upkeep.turn();
    CHECK_FALSE(upkeep.is_running());
    CHECK(upkeep.next_wake() == Duration(1min));
    write_upkeep_record(bench.fs, bench.settings, {"a", bench.clock.now(), true, ""});
  }
  bench.clock.advance(1min);
  upkeep.turn();
  CHECK_FALSE(upkeep.is_running());
  CHECK(runs == 0);
  CHECK(upkeep.next_wake() == Duration(59min));
}

TEST_CASE("new settings change the schedule and not what ran last") {
  Bench bench;
  Upkeep upkeep(bench.fs, bench.clock);
  upkeep.configure(bench.settings, bench.log, {task("a", 1h)});
  upkeep.turn();
  finish(upkeep);
  upkeep.configure(bench.settings, bench.log, {task("a", 10min)});
  CHECK(upkeep.next_wake() == Duration(10min));
  upkeep.configure(bench.settings, bench.log, {task("a", Duration::zero())});
  CHECK_FALSE(upkeep.next_wake());
}

TEST_CASE("a folder that cannot be written is a fault that is tried again") {
  Bench bench;
  Upkeep upkeep(bench.fs, bench.clock);
  upkeep.configure(bench.settings, bench.log, {task("a", 1h)});
  std::filesystem::remove_all(bench.folder.path());
  upkeep.turn();
  CHECK_FALSE(upkeep.is_running());
  CHECK(upkeep.next_wake() == Duration(1min));
  CHECK(bench.logged.find("upkeep-failed") != std::string::npos);
}
