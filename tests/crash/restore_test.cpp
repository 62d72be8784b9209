// Kills restores everywhere, and recovers databases to a point in time after kills of drains: what
// is there is the old content or the new, complete, and in the end each entry exactly once.
#include "core/db/database.hpp"
#include "core/engine/care/backup.hpp"
#include "core/engine/care/restore.hpp"
#include "tests/crash/site.hpp"
#include "tests/support/child.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <set>

using namespace menacedb;
using namespace menacedb::test;

namespace {

namespace stdfs = std::filesystem;
using Rows = std::map<std::string, int>;

void enqueue(Site& site, const std::string& kind, int count) {
  for (int i = 0; i < count; ++i) {
    site.enqueue("telemetry", kind + "-" + std::to_string(i));
  }
}

Rows once_each(const std::string& kind, int count, Rows rows = {}) {
  for (int i = 0; i < count; ++i) {
    rows[kind + "-" + std::to_string(i)] = 1;
  }
  return rows;
}

std::string back_up_now(Site& site) {
  return back_up(site.context(), site.shared_database(), {}).path;
}

RestoreReport restore_from(Site& site, const std::string& backup, RestoreOptions options = {}) {
  options.backup = backup;
  options.target = site.shared_database();
  return restore(site.context(), site.router(), options);
}

void overwrite_with(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// As a program dies that leaves a WAL full of commits behind: nothing is carried over.
void leave_hot_wal(Site& site, const std::string& sql) {
  const Ended ended = run_in_child([&] {
    const Context context = site.context();
    Database database(site.shared_database(), {}, context.clock, context.stop);
    database.execute(sql);
    ::raise(SIGKILL);
  });
  REQUIRE(ended.signal == SIGKILL);
  REQUIRE(stdfs::file_size(site.shared_database() + "-wal") > 0);
}

struct Scene {
  Site site;
  std::string backup;
  Rows then = once_each("then", 20);
  Rows now = once_each("now", 10, then);

  Scene() {
    enqueue(site, "then", 20);
    site.drain_until_idle();
    backup = back_up_now(site);
    enqueue(site, "now", 10);
    site.drain_until_idle();
    leave_hot_wal(site, "UPDATE telemetry SET n = 2");
  }
};

// The state before the restore, made worse.
using Damage = void (*)(Scene&);
void none(Scene&) {}
void garbage(Scene& scene) {
  overwrite_with(scene.site.shared_database(), std::string(8192, 'x'));
}
void missing(Scene& scene) {
  stdfs::remove(scene.site.shared_database()); // its -wal stays
}
void other_page_size(Scene& scene) {
  const std::string path = scene.site.shared_database();
  for (const char* const companion : {"", "-wal", "-shm"}) {
    stdfs::remove(path + companion);
  }
  SystemClock clock;
  StopFlag stop;
  Database database(path, {.create = true, .keeps_journal_mode = true}, clock, stop);
  database.execute("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL;"
                   "CREATE TABLE telemetry(name TEXT, n INTEGER)");
  for (const auto& [name, count] : scene.now) {
    database.execute("INSERT INTO telemetry VALUES('" + name + "', 1)");
  }
}

// Killed where `arrange` says, then looked at, then done to its end. False when it was not killed.
bool crash_restore(Damage damage, const std::function<void(FaultFs&)>& arrange) {
  Scene scene;
  damage(scene);
  const bool was_sound = damage == none || damage == other_page_size;
  const Ended ended = run_in_child([&] {
    arrange(scene.site.fs());
    static_cast<void>(restore_from(scene.site, scene.backup));
  });
  REQUIRE((ended.signal == SIGKILL || ended.status == 0));
  if (ended.signal == SIGKILL && was_sound) {
    const Rows rows = scene.site.rows();
    CHECK((rows == scene.then || rows == scene.now));
  }
  const RestoreReport report = restore_from(scene.site, scene.backup);
  CHECK(report.integrity == "ok");
  CHECK(scene.site.rows() == scene.then);
  const std::string folder = stdfs::path(scene.site.shared_database()).parent_path();
  for (const auto& file : stdfs::directory_iterator(folder)) {
    CHECK(file.path().string().find("menacedb-partial") == std::string::npos);
  }
  return ended.signal == SIGKILL;
}

void crash_restore_everywhere(Damage damage) {
  std::size_t kills = 0;
  constexpr auto k_first = static_cast<std::size_t>(k_last_queue_step) + 1;
  for (std::size_t step = k_first; step < k_step_names.size(); ++step) {
    CAPTURE(k_step_names[step]);
    kills += crash_restore(damage, [&](FaultFs& fs) { fs.kill_at(static_cast<Step>(step)); });
  }
  CHECK(kills >= 3);
  unsigned nth = 1;
  while (crash_restore(damage, [&](FaultFs& fs) { fs.kill_before_change(nth); })) {
    ++nth;
  }
  kills += nth - 1;
  MESSAGE(kills, " kills");
  CHECK(nth > 8);
}

} // namespace

TEST_CASE("a kill anywhere in a restore over a sound database leaves the old or the new one") {
  crash_restore_everywhere(none);
}

TEST_CASE("a kill anywhere in a restore over garbage can be made good by the next") {
  crash_restore_everywhere(garbage);
}

TEST_CASE("a kill anywhere in a restore of a missing database can be made good by the next") {
  crash_restore_everywhere(missing);
}

TEST_CASE("a kill anywhere in a restore over other page sizes leaves the old or the new one") {
  crash_restore_everywhere(other_page_size);
}

TEST_CASE("a kill at any time of a restore leaves the old database or the new one") {
  std::minstd_rand random(42); // the same kills in every run, as far as the clock allows
  unsigned kills = 0;
  for (int round = 0; round < 12; ++round) {
    Scene scene;
    const Gate gate;
    Child child([&] {
      gate.open();
      static_cast<void>(restore_from(scene.site, scene.backup));
    });
    gate.wait();
    SystemClock().sleep(Duration(random() % 60'000));
    child.kill(SIGKILL);
    kills += child.wait().signal == SIGKILL ? 1 : 0;
    const Rows rows = scene.site.rows();
    CHECK((rows == scene.then || rows == scene.now));
    static_cast<void>(restore_from(scene.site, scene.backup));
    CHECK(scene.site.rows() == scene.then);
  }
  MESSAGE(kills, " kills");
}

TEST_CASE("a restore after a kill with a hot WAL equals the backup") {
  Scene scene;
  const RestoreReport report = restore_from(scene.site, scene.backup);
  CHECK(scene.site.rows() == scene.then);
  CHECK(report.integrity == "ok");
  CHECK(report.is_same_file);
  CHECK(report.queues.archived() == 10);
  // What the WAL held is in the copy of the database as it was.
  Context context = scene.site.context();
  Database kept(report.safety_backup, {.read_only = true}, context.clock, context.stop);
  CHECK(kept.query_integer("SELECT count(*) FROM telemetry WHERE n = 2") == 30);
}

TEST_CASE("what was applied after the backup stays away until the archive is replayed") {
  Scene scene;
  static_cast<void>(restore_from(scene.site, scene.backup));
  CHECK(scene.site.drain_until_idle().applied == 0);
  CHECK(scene.site.rows() == scene.then);
  RestoreOptions options;
  options.replays_archive = true;
  const RestoreReport report = restore_from(scene.site, scene.backup, options);
  REQUIRE(report.queues.recovery);
  CHECK(report.queues.recovery->applied == 10);
  CHECK(scene.site.rows() == scene.now);
  CHECK(scene.site.drain_until_idle().applied == 0);
  CHECK(scene.site.rows() == scene.now);
}

TEST_CASE("entries that were decided in their active file are replayed once as well") {
  Site site;
  enqueue(site, "then", 5);
  site.drain(true);
  const std::string backup = back_up_now(site);
  enqueue(site, "now", 5);
  site.drain(true);
  enqueue(site, "queued", 5); // never decided
  const RestoreReport plain = restore_from(site, backup);
  CHECK(plain.queues.queued() == 5);
  CHECK(plain.queues.archived() == 5);
  CHECK(site.rows() == once_each("then", 5));
  RestoreOptions options;
  options.replays_archive = true;
  const RestoreReport report = restore_from(site, backup, options);
  CHECK(report.queues.recovery->applied == 5);
  CHECK(report.queues.queued() == 5);
  CHECK(site.rows() == once_each("now", 5, once_each("then", 5)));
  site.drain_until_idle();
  CHECK(site.rows() == once_each("queued", 5, once_each("now", 5, once_each("then", 5))));
}

TEST_CASE("entries created after the given time stay in the archive") {
  Site site;
  enqueue(site, "then", 5);
  site.drain_until_idle();
  const std::string backup = back_up_now(site);
  enqueue(site, "good", 5);
  site.drain_until_idle();
  site.clock().advance(std::chrono::seconds(60));
  const Instant until = site.clock().now();
  site.clock().advance(std::chrono::seconds(60));
  enqueue(site, "bad", 5);
  site.drain_until_idle();
  RestoreOptions options;
  options.replays_archive = true;
  options.until = until;
  const RestoreReport report = restore_from(site, backup, options);
  CHECK(report.queues.recovery->applied == 5);
  CHECK(report.queues.recovery->later == 5);
  site.drain_until_idle();
  CHECK(site.rows() == once_each("good", 5, once_each("then", 5)));
}

TEST_CASE("entries of another database are not applied there a second time") {
  Site site;
  const auto local = [&](const std::string& name) {
    site.append_raw("alpha.jsonl", R"({"table": "memory", "source_menace_id": "alpha", )"
                                   R"("data": {"name": ")" +
                                       name + "\"}}\n");
  };
  local("first");
  site.drain_until_idle();
  const std::string backup = back_up_now(site);
  local("second");
  enqueue(site, "now", 3);
  site.drain_until_idle();
  RestoreOptions options;
  options.replays_archive = true;
  const RestoreReport report = restore_from(site, backup, options);
  CHECK(report.queues.recovery->elsewhere == 1);
  local("third");
  site.drain_until_idle();
  CHECK(site.rows() == once_each("now", 3));
  CHECK(site.local_rows() == Rows{{"first", 1}, {"second", 1}, {"third", 1}});
}

TEST_CASE("entries that were deferred at the backup are decided once like the others") {
  Site site;
  const Instant due = site.clock().now() + std::chrono::hours(1);
  for (const char* const table : {"telemetry", "memory"}) {
    site.append_raw("alpha.jsonl",
                    R"({"table": ")" + std::string(table) +
                        R"(", "source_menace_id": "alpha", "data": {"name": "late"}, )" +
                        R"("not_before": ")" + format_instant(due) + "\"}\n");
  }
  CHECK(site.drain().deferred == 2);
  const std::string backup = back_up_now(site);
  site.clock().advance(std::chrono::hours(2));
  site.drain_until_idle();
  REQUIRE(site.rows() == Rows{{"late", 1}});
  static_cast<void>(restore_from(site, backup));
  site.drain_until_idle();
  CHECK(site.rows().empty());
  CHECK(site.local_rows() == Rows{{"late", 1}});
  RestoreOptions options;
  options.replays_archive = true;
  static_cast<void>(restore_from(site, backup, options));
  site.drain_until_idle();
  CHECK(site.rows() == Rows{{"late", 1}});
  CHECK(site.local_rows() == Rows{{"late", 1}});
}

TEST_CASE("a segment that left the archive is missed and told") {
  Site site;
  const std::string backup = (enqueue(site, "then", 2), site.drain_until_idle(), back_up_now(site));
  enqueue(site, "now", 2);
  site.drain_until_idle();
  stdfs::path newest;
  for (const auto& file : stdfs::directory_iterator(site.path("queue/archive"))) {
    newest = std::max(newest, file.path());
  }
  stdfs::remove(newest);
  RestoreOptions options;
  options.replays_archive = true;
  CHECK(restore_from(site, backup, options).queues.recovery->missing_segments == 1);
}

TEST_CASE("recovery to the latest moment after a kill of the drain equals the reference") {
  std::minstd_rand random(7);
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    Site site;
    Rows reference;
    std::string backup;
    for (int burst = 0; burst < 6; ++burst) {
      const std::string kind = "burst" + std::to_string(burst);
      enqueue(site, kind, 7);
      reference = once_each(kind, 7, std::move(reference));
      const auto step = static_cast<Step>(random() % 18);
      const bool in_place = random() % 2 == 0;
      static_cast<void>(run_in_child([&] {
        site.fs().kill_at(step);
        site.clock().advance(std::chrono::seconds(10));
        static_cast<void>(site.drain(in_place));
      }));
      if (burst == 2) {
        backup = back_up_now(site);
      }
    }
    const bool is_broken = round % 2 == 1;
    if (is_broken) {
      site.drain_until_idle();
      for (const char* const companion : {"-wal", "-shm"}) {
        stdfs::remove(site.shared_database() + companion);
      }
      overwrite_with(site.shared_database(), "this was a database once");
    }
    RestoreOptions options;
    options.replays_archive = true;
    const RestoreReport report = restore_from(site, backup, options);
    CHECK(report.set_aside.empty() != is_broken);
    site.drain_until_idle();
    CHECK(site.rows() == reference);
  }
}
