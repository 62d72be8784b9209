// Kills the process at every named step, and before every single change of the disk that goes
// through Fs, of a run that appends, drains, fails, forwards and replays; then lets another process
// finish the work and looks whether each entry is there exactly once (invariant 1).
#include "tests/crash/site.hpp"
#include "tests/support/child.hpp"

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr int k_entries = 4; // of each kind
constexpr int k_long_lines = 24;
constexpr std::size_t k_long_text = 20'000;

std::string name_of(const char* kind, int number) {
  return std::string(kind) + "-" + std::to_string(number);
}

// Written without a buffer, so that it survives the kill: what the producer was told is queued.
void acknowledge(const std::string& path, const std::string& name) {
  std::ofstream(path, std::ios::app) << name << std::endl;
}

std::set<std::string> acknowledged(const std::string& path) {
  std::set<std::string> names;
  std::ifstream file(path);
  for (std::string name; std::getline(file, name);) {
    names.insert(name);
  }
  return names;
}

// Enough text to be decided in groups of batches, with a line in it that is refused.
void append_long_lines(Site& site) {
  std::string lines;
  for (int i = 0; i < k_long_lines; ++i) {
    lines += R"({"table": "telemetry", "data": {"name": ")" + name_of("long", i) + R"(", "n": ")" +
             std::string(k_long_text, 'x') + "\"}}\n";
    if (i == k_long_lines / 2) {
      lines += R"({"table": "errors", "data": {"name": "long-late"}})"
               "\n";
    }
  }
  site.append_raw("beta.jsonl", lines);
  for (int i = 0; i < k_long_lines; ++i) {
    acknowledge(site.path("acknowledged"), name_of("long", i));
  }
  acknowledge(site.path("acknowledged"), "long-late");
}

// A file that a drain had claimed when it died.
void strand(Site& site) {
  std::filesystem::create_directories(site.dir_queue() + "/processing");
  std::ofstream(site.dir_queue() + "/processing/5_1_1.json")
      << R"x({"sql": "INSERT INTO telemetry(name, n) VALUES('stranded', 1)"}})x";
  acknowledge(site.path("acknowledged"), "stranded");
}

// The whole life of entries: plain ones, some of a table that is created only later (dead letters
// that are replayed), some of a local table, and a torn line that a killed producer left.
void live(Site& site) {
  const std::string acknowledgements = site.path("acknowledged");
  for (int i = 0; i < k_entries; ++i) {
    for (const auto& [table, kind] : {std::pair{"telemetry", "plain"}, {"errors", "late"}}) {
      site.enqueue(table, name_of(kind, i), i % 2 == 0);
      acknowledge(acknowledgements, name_of(kind, i));
    }
    site.append_raw("alpha.jsonl",
                    R"({"table": "memory", "source_menace_id": "alpha", "data": {"name": ")" +
                        name_of("local", i) + "\"}}\n");
    acknowledge(acknowledgements, name_of("local", i));
    for (const auto& [table, kind] : {std::pair{"telemetry", "sql"}, {"errors", "sql-late"}}) {
      site.enqueue_sql("INSERT INTO " + std::string(table) + "(name, n) VALUES('" +
                           name_of(kind, i) + "', 1)",
                       i % 2 == 0);
      acknowledge(acknowledgements, name_of(kind, i));
    }
    if (i == 1) {
      strand(site);
      site.drain(true);
      site.append_raw("alpha.jsonl", R"({"table": "telemetry", "data": {"na)");
    }
  }
  site.drain(true);
  append_long_lines(site);
  site.let_find_alone();
  site.drain();
  site.clock().advance(std::chrono::seconds(10));
  site.drain();
  site.execute("CREATE TABLE IF NOT EXISTS errors(name TEXT, n INTEGER)");
  site.replay();
  site.drain();
}

// What a new process makes of what is left.
void finish(Site& site) {
  site.drain_until_idle();
  site.execute("CREATE TABLE IF NOT EXISTS errors(name TEXT, n INTEGER)");
  site.replay();
  site.drain_until_idle();
}

void check_each_exactly_once(Site& site) {
  std::map<std::string, int> rows = site.rows();
  rows.merge(site.rows("errors"));
  rows.merge(site.local_rows());
  for (const std::string& name : acknowledged(site.path("acknowledged"))) {
    CHECK_MESSAGE(rows[name] == 1, name, " is there ", rows[name], " times");
  }
  for (const auto& [name, count] : rows) {
    CHECK_MESSAGE(count == 1, name, " is there ", count, " times"); // acknowledged or not
  }
  CHECK(site.files_in("queue/sealed") == 0);
  for (const char* const folder : {"pending", "processing", "failed"}) {
    CHECK_MESSAGE(site.files_in("dirqueue/" + std::string(folder)) == 0, folder);
  }
  // The torn line, if the run came that far; the replayed ones are rows by now.
  const std::size_t dead = site.failed_lines();
  CHECK(dead <= 1);
  CHECK(site.dead_rows() == dead);
}

// True when the child was killed there; false when it came to its end.
bool is_killed(Site& site, const std::function<void(FaultFs&)>& arrange, void (*work)(Site&)) {
  const Ended ended = run_in_child([&] {
    arrange(site.fs());
    work(site);
  });
  REQUIRE((ended.signal == SIGKILL || ended.status == 0));
  return ended.signal == SIGKILL;
}

bool crash_at(const std::function<void(FaultFs&)>& arrange) {
  Site site;
  const bool killed = is_killed(site, arrange, live);
  finish(site);
  check_each_exactly_once(site);
  return killed;
}

// As crash_at before a change of the disk, and the process that comes to finish is killed as well.
bool crash_twice(unsigned first, unsigned second) {
  Site site;
  const bool killed = is_killed(
                          site, [&](FaultFs& fs) { fs.kill_before_change(first); }, live) &&
                      is_killed(
                          site, [&](FaultFs& fs) { fs.kill_before_change(second); }, finish);
  finish(site);
  check_each_exactly_once(site);
  return killed;
}

} // namespace

TEST_CASE("a run without a kill applies every entry exactly once") {
  CHECK_FALSE(crash_at([](FaultFs&) {}));
}

TEST_CASE("a kill at every named step loses nothing and applies nothing twice") {
  std::set<std::string> never_reached;
  unsigned kills = 0;
  for (std::size_t step = 0; step <= static_cast<std::size_t>(k_last_queue_step); ++step) {
    CAPTURE(k_step_names[step]);
    unsigned nth = 1;
    while (nth <= 40 && crash_at([&](FaultFs& fs) { fs.kill_at(static_cast<Step>(step), nth); })) {
      ++nth;
    }
    kills += nth - 1;
    if (nth == 1) {
      never_reached.insert(std::string(k_step_names[step]));
    }
  }
  MESSAGE(kills, " kills");
  CHECK_MESSAGE(never_reached.empty(), "a step that no run reaches proves nothing: ",
                never_reached.empty() ? "" : *never_reached.begin());
}

TEST_CASE("a kill before each change of the disk loses nothing and applies nothing twice") {
  unsigned nth = 1;
  while (crash_at([&](FaultFs& fs) { fs.kill_before_change(nth); })) {
    ++nth;
  }
  const unsigned kills = nth - 1;
  MESSAGE(kills, " kills");
  CHECK(nth > 50);
}

TEST_CASE("a kill of the process that comes after a kill loses nothing and applies nothing twice") {
  unsigned kills = 0;
  bool is_any_killed = true;
  for (unsigned second = 1; is_any_killed; second += 5) {
    is_any_killed = false;
    for (unsigned first = second % 7 + 1; first < 240; first += 23) {
      const bool killed = crash_twice(first, second);
      is_any_killed = is_any_killed || killed;
      kills += killed ? 1 : 0;
    }
  }
  MESSAGE(kills, " kills in a row");
  CHECK(kills > 50);
}
