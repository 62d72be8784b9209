// Recovers the home store of a directory queue to a point in time: each SQL entry once, in its
// order, wherever its file lies.
#include "core/db/database.hpp"
#include "core/engine/care/backup.hpp"
#include "core/engine/care/restore.hpp"
#include "core/engine/cleanup/cleanup_actions.hpp"
#include "tests/crash/site.hpp"
#include "tests/support/child.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

using namespace menacedb;
using namespace menacedb::test;

namespace {

namespace stdfs = std::filesystem;

// A site whose SQL entries write a story: what is left out, repeated or out of order shows.
struct Story {
  Site site;
  std::string expected;
  int chapter = 0;

  Story() { site.execute("INSERT INTO telemetry(name) VALUES('')"); }

  void enqueue() {
    const std::string word = std::to_string(++chapter) + " ";
    site.enqueue_sql("UPDATE telemetry SET name = name || '" + word + "'");
    expected += word;
  }
  void tell(int chapters) {
    for (int i = 0; i < chapters; ++i) {
      enqueue();
      site.drain();
    }
  }
  [[nodiscard]] std::string told() {
    SystemClock clock;
    StopFlag stop;
    Database database(site.shared_database(), {.read_only = true}, clock, stop);
    return database.query_text("SELECT name FROM telemetry");
  }
  [[nodiscard]] std::string back_up_now() {
    return back_up(site.context(), site.shared_database(), {}).path;
  }
  RestoreReport restore_from(const std::string& backup, bool replays,
                             std::optional<Instant> until = {}) {
    RestoreOptions options;
    options.backup = backup;
    options.target = site.shared_database();
    options.replays_archive = replays;
    options.until = until;
    return restore(site.context(), site.router(), options);
  }
  void archive_completed() {
    CleanupOptions options;
    options.age = Duration::zero();
    static_cast<void>(clean_completed(site.context(), options));
  }
  void break_database() {
    for (const char* const companion : {"-wal", "-shm"}) {
      stdfs::remove(site.shared_database() + companion);
    }
    std::ofstream(site.shared_database(), std::ios::trunc) << "this was a database once";
  }
  // A drain that dies with its entries committed, before their files are moved.
  void die_before_settling() {
    const Ended ended = run_in_child([&] {
      site.fs().kill_at(Step::commit_after);
      static_cast<void>(site.drain());
    });
    REQUIRE(ended.signal == SIGKILL);
  }
};

} // namespace

TEST_CASE("SQL entries that were applied after the backup are replayed once and in order") {
  for (const bool is_broken : {false, true}) {
    CAPTURE(is_broken);
    Story story;
    story.tell(2);
    const std::string backup = story.back_up_now();
    const std::string then = story.expected;
    story.tell(3);
    story.archive_completed();
    story.tell(3);
    if (is_broken) {
      story.break_database();
    }
    const RestoreReport plain = story.restore_from(backup, false);
    CHECK(plain.queues.archived() == 6);
    CHECK(story.told() == then);
    story.site.drain();
    CHECK(story.told() == then);

    const RestoreReport report = story.restore_from(backup, true);
    REQUIRE(report.queues.recovery);
    CHECK(report.queues.recovery->applied == 6);
    CHECK(report.queues.recovery->duplicates == 0);
    CHECK(report.queues.recovery->missing_entries == 0);
    CHECK(story.told() == story.expected);
    story.tell(1);
    CHECK(story.told() == story.expected);
  }
}

TEST_CASE("SQL entries created after the given time stay away") {
  Story story;
  story.tell(1);
  const std::string backup = story.back_up_now();
  story.tell(2);
  const std::string good = story.expected;
  story.site.clock().advance(std::chrono::seconds(60));
  const Instant until = story.site.clock().now();
  story.site.clock().advance(std::chrono::seconds(60));
  story.tell(1);
  story.enqueue();
  story.die_before_settling();
  const RestoreReport report = story.restore_from(backup, true, until);
  CHECK(report.queues.recovery->applied == 2);
  CHECK(report.queues.recovery->later == 2);
  CHECK(report.queues.queued() == 0);
  story.site.drain();
  CHECK(story.told() == good);
}

TEST_CASE("SQL entries of a drain that died before it moved their files count as applied") {
  Story story;
  story.tell(1);
  const std::string backup = story.back_up_now();
  const std::string then = story.expected;
  story.enqueue();
  story.enqueue();
  story.die_before_settling();
  const RestoreReport plain = story.restore_from(backup, false);
  CHECK(plain.queues.archived() == 2);
  CHECK(plain.queues.queued() == 0);
  story.site.drain();
  CHECK(story.told() == then);
  CHECK(story.restore_from(backup, true).queues.recovery->applied == 2);
  story.site.drain();
  CHECK(story.told() == story.expected);
}

TEST_CASE("SQL entries of another database are not applied there a second time") {
  Story story;
  const auto local = [&](const std::string& name) {
    story.site.enqueue_sql("INSERT INTO memory(name, n) VALUES('" + name + "', 1)");
    story.site.drain();
  };
  local("first");
  const std::string backup = story.back_up_now();
  local("second");
  story.tell(1);
  const RestoreReport report = story.restore_from(backup, true);
  CHECK(report.queues.recovery->applied == 1);
  CHECK(report.queues.recovery->elsewhere == 1);
  local("third");
  CHECK(story.told() == story.expected);
  CHECK(story.site.local_rows() ==
        std::map<std::string, int>{{"first", 1}, {"second", 1}, {"third", 1}});
}

TEST_CASE("SQL entries that were still on their way to another database arrive there once") {
  Story story;
  const std::string backup = story.back_up_now();
  story.site.enqueue_sql("INSERT INTO memory(name, n) VALUES('late', 1)");
  story.die_before_settling();
  CHECK(story.site.local_rows().empty());
  static_cast<void>(story.restore_from(backup, true));
  story.site.drain();
  CHECK(story.site.local_rows() == std::map<std::string, int>{{"late", 1}});
}

TEST_CASE("the one of two SQL entries on their way that has arrived since is not sent again") {
  Story story;
  story.site.enqueue_sql("INSERT INTO memory(name, n) VALUES('early', 1)");
  story.die_before_settling();
  const std::string backup = story.back_up_now();
  story.site.drain();
  story.site.enqueue_sql("INSERT INTO memory(name, n) VALUES('late', 1)");
  story.die_before_settling();
  CHECK(story.site.local_rows() == std::map<std::string, int>{{"early", 1}});
  static_cast<void>(story.restore_from(backup, true));
  story.site.drain();
  CHECK(story.site.local_rows() == std::map<std::string, int>{{"early", 1}, {"late", 1}});
}

TEST_CASE("SQL entries whose file is gone are missed and told") {
  Story story;
  const std::string backup = story.back_up_now();
  story.tell(3);
  const std::string completed = story.site.dir_queue() + "/completed";
  stdfs::remove(stdfs::directory_iterator(completed)->path());
  const RestoreReport report = story.restore_from(backup, true);
  CHECK(report.queues.recovery->applied == 2);
  CHECK(report.queues.recovery->missing_entries == 1);
}

TEST_CASE("recovery of SQL entries after kills of the drain equals the reference") {
  std::minstd_rand random(11);
  for (int round = 0; round < 8; ++round) {
    CAPTURE(round);
    Story story;
    std::string backup;
    for (int burst = 0; burst < 6; ++burst) {
      for (int i = 0; i < 5; ++i) {
        story.enqueue();
      }
      constexpr Step k_steps[] = {Step::dir_claimed, Step::apply_rows, Step::commit_before,
                                  Step::commit_after, Step::dir_settled};
      const Step step = k_steps[random() % std::size(k_steps)];
      static_cast<void>(run_in_child([&] {
        story.site.fs().kill_at(step);
        static_cast<void>(story.site.drain());
      }));
      if (burst == 2) {
        backup = story.back_up_now();
      }
      if (random() % 3 == 0) {
        story.archive_completed();
      }
    }
    if (round % 2 == 1) {
      story.site.drain();
      story.break_database();
    }
    static_cast<void>(story.restore_from(backup, true));
    story.site.drain();
    CHECK(story.told() == story.expected);
  }
}
