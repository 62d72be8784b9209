#include "core/db/database.hpp"
#include "core/engine/drain/drain.hpp"
#include "core/engine/enqueue/enqueue.hpp"
#include "core/engine/replay/replay.hpp"
#include "tests/crash/site.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

TEST_CASE("a large backlog is applied in order and copied to the flat archive line by line") {
  Site site;
  std::string lines;
  for (int i = 0; i < 30000; ++i) {
    lines += line_for("telemetry", "row-" + std::to_string(i));
  }
  site.append_raw("alpha.jsonl", lines);
  const PassReport report = site.drain();
  CHECK(report.applied == 30000);
  CHECK(report.remaining == 0);
  CHECK(site.count("telemetry") == 30000);
  CHECK(site.count("telemetry WHERE name = 'row-' || (rowid - 1)") == 30000);
  CHECK(content_of(site.queue_directory() + "/queue.log.bak") == lines);
}

TEST_CASE("a backlog with broken lines in every batch adds up") {
  Site site;
  std::string lines;
  for (int i = 0; i < 12000; ++i) {
    lines += i % 1000 == 0 ? std::string("{broken\n") : line_for("telemetry", std::to_string(i));
  }
  site.append_raw("alpha.jsonl", lines);
  const PassReport report = site.drain();
  CHECK(report.applied == 11988);
  CHECK(report.failed == 12);
  CHECK(site.failed_lines() == 12);
}

TEST_CASE("a limit stops a pass after so many entries") {
  Site site;
  for (int i = 0; i < 10; ++i) {
    site.append_raw("alpha.jsonl", line_for("telemetry", std::to_string(i)));
  }
  DrainOptions options = site.drain_options();
  options.limit = 3;
  Drain drain(site.context(), site.router(), options);
  const PassReport first = drain.pass();
  CHECK(first.applied == 3);
  CHECK(first.remaining == 7);
  CHECK(drain.pass().applied == 3);
}

TEST_CASE("a drain that goes on does not wait for an event after a pass that its limit ended") {
  Site site;
  site.append_raw("alpha.jsonl", line_for("telemetry", "a") + line_for("telemetry", "b"));
  DrainOptions options = site.drain_options();
  options.decides_in_place = true;
  options.limit = 1;
  Drain drain(site.context(), site.router(), options);
  CHECK(drain.pass().applied == 1);
  CHECK(drain.next_due() == Duration::zero());
  CHECK(drain.pass().applied == 1);
  CHECK(drain.pass().applied == 0);
  CHECK(drain.next_due() != Duration::zero());
}

TEST_CASE("a pass for one table leaves the queue at the first other one") {
  Site site;
  site.append_raw("alpha.jsonl", line_for("telemetry", "a") + line_for("bots", "b"));
  site.append_raw("beta.jsonl", line_for("bots", "c"));
  const PassReport report = site.drain(false, "bots");
  CHECK(report.applied == 1);
  CHECK(report.remaining == 2);
  CHECK(site.rows("bots") == std::map<std::string, int>{{"c", 1}});
}

TEST_CASE("a deferred entry counts as queued and is applied when its time has come") {
  Site site;
  EnqueueOptions options;
  options.table = "telemetry";
  options.delay = std::chrono::minutes(10);
  static_cast<void>(
      Enqueuer(site.context(), site.router(), options).enqueue(R"({"name": "later"})"));
  const PassReport first = site.drain();
  CHECK(first.deferred == 1);
  CHECK(first.remaining == 1);
  CHECK(site.rows().empty());
  site.clock().advance(std::chrono::minutes(11));
  CHECK(site.drain().applied == 1);
  CHECK(site.rows() == std::map<std::string, int>{{"later", 1}});
}

TEST_CASE("a key makes an entry idempotent") {
  Site site;
  EnqueueOptions options;
  options.table = "telemetry";
  options.key = "once";
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(Enqueuer(site.context(), site.router(), options).enqueue(R"({"name": "a"})"));
  }
  const PassReport report = site.drain();
  CHECK(report.applied == 1);
  CHECK(report.duplicates == 2);
}

TEST_CASE("an entry of a local table ends in the database of its origin") {
  Site site;
  site.append_raw("alpha.jsonl", line_for("memory", "mine"));
  const PassReport report = site.drain();
  CHECK(report.applied == 1);
  CHECK(report.remaining == 0);
  CHECK(site.local_rows() == std::map<std::string, int>{{"mine", 1}});
}

TEST_CASE("a dry run counts what a pass would do and changes nothing") {
  Site site;
  site.append_raw("alpha.jsonl", line_for("telemetry", "a") + "{broken\n");
  Drain drain(site.context(), site.router(), site.drain_options());
  const PassReport report = drain.rehearse();
  CHECK(report.applied == 1);
  CHECK(report.failed == 1);
  CHECK(site.rows().empty());
  CHECK(site.files_in("queue/sealed") == 0);
  CHECK(content_of(site.queue_directory() + "/alpha.jsonl").size() > 0);
  CHECK(site.drain().applied == 1);
}

TEST_CASE("a database that stays locked makes no dead letter and the entry is applied later") {
  Site site;
  site.append_raw("alpha.jsonl", line_for("telemetry", "a"));
  site.drain();
  site.append_raw("alpha.jsonl", line_for("telemetry", "b"));
  const Context context = site.context();
  Database other(site.shared_database(), {}, context.clock, context.stop);
  other.set_busy_timeout(std::chrono::milliseconds(1));
  other.execute("BEGIN IMMEDIATE");
  site.clock().advance(std::chrono::hours(1));
  std::string busy;
  {
    DrainOptions options = site.drain_options();
    options.lock_patience = std::chrono::milliseconds(20);
    Drain drain(context, site.router(), options);
    drain.store().database().set_busy_timeout(std::chrono::milliseconds(20));
    const PassReport report = drain.pass();
    CHECK(report.got_no_turn);
    CHECK(report.failed == 0);
    CHECK(report.remaining == 1);
    busy = report.busy_reason;
  }
  CHECK(busy.find("database is locked") != std::string::npos);
  other.execute("ROLLBACK");
  CHECK(site.drain().applied == 1);
  CHECK(site.failed_lines() == 0);
}

TEST_CASE("dead letters go back into their queue and are applied once their table is there") {
  Site site;
  site.append_raw("alpha.jsonl", line_for("errors", "a") + line_for("errors", "b"));
  CHECK(site.drain().failed == 2);
  CHECK(site.failed_lines() == 2);
  site.execute("CREATE TABLE errors(name TEXT, n INTEGER)");
  site.replay();
  CHECK(site.failed_lines() == 0);
  CHECK(site.drain().applied == 2);
  site.replay();
  CHECK(site.drain().applied == 0);
}

TEST_CASE("a replay of old dead letters keeps what it cannot read") {
  Site site;
  site.append_raw(
      "queue.failed.jsonl",
      R"({"error": "database is locked", "record": {"data": {"name": "old"}, "table": "telemetry"}})"
      "\n"
      R"({"error": "bad", "record": "{not json"})"
      "\n"
      R"({"error": "x", "record": {"file": "/tmp/q.jsonl"}})"
      "\n");
  const ReplayReport report =
      replay_dead_letters(site.context(), site.queue_directory(), site.shared_database(), {});
  CHECK(report.replayed == 1);
  CHECK(report.skipped == 2);
  CHECK(report.remaining == 2);
  CHECK(site.failed_lines() == 2);
  site.drain();
  CHECK(site.rows() == std::map<std::string, int>{{"old", 1}});
}

TEST_CASE("two identical old dead letters are two entries") {
  Site site;
  const std::string letter =
      R"({"error": "e", "record": {"data": {"name": "twin"}, "table": "telemetry"}})";
  site.append_raw("queue.failed.jsonl", letter + "\n" + letter + "\n");
  site.replay();
  site.drain();
  CHECK(site.rows() == std::map<std::string, int>{{"twin", 2}});
}

TEST_CASE("archived entries of a time range are applied again in spite of their keys") {
  Site site;
  EnqueueOptions options;
  options.table = "telemetry";
  options.key = "once";
  static_cast<void>(Enqueuer(site.context(), site.router(), options).enqueue(R"({"name": "a"})"));
  site.drain_until_idle();
  ArchiveReplayOptions range;
  range.since = site.clock().now() - std::chrono::hours(1);
  range.until = site.clock().now() + std::chrono::hours(1);
  CHECK(replay_archive(site.context(), site.queue_directory(), range).replayed == 1);
  CHECK(site.drain().applied == 1);
  CHECK(site.rows() == std::map<std::string, int>{{"a", 2}});
}
