// Faults of the environment: what a pass says of them, and that the rest goes on.
#include "core/engine/drain/drain.hpp"
#include "tests/crash/site.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>

using namespace menacedb;
using namespace menacedb::test;

TEST_CASE("a sync that fails while reading ahead ends its lane and not the drain") {
  Site site;
  std::string lines;
  for (int i = 0; i < 10'000; ++i) {
    lines += line_for("telemetry", "row-" + std::to_string(i));
  }
  site.append_raw("alpha.jsonl", lines);
  site.append_raw("beta.jsonl", line_for("telemetry", "other"));
  // The first sync of the segment is the claim's, of the bytes that it takes.
  site.fs().fail({.call = FsCall::sync, .error_number = EIO, .nth = 2, .path_part = "alpha.jsonl"});
  Drain drain(site.context(), site.router(), site.drain_options());
  const PassReport report = drain.pass();
  REQUIRE(report.fault);
  CHECK(report.fault->kind() == ErrorKind::io);
  CHECK(report.queues.at("beta.jsonl").applied == 1);
  CHECK(report.queues.at("alpha.jsonl").applied > 0);
  CHECK(report.applied + report.remaining == 10'001);
  CHECK(report.remaining > 0);
  const PassReport next = drain.pass(); // the lane stays as it is, in this process
  CHECK_FALSE(next.fault);
  CHECK(next.applied == 0);
  CHECK(site.drain().applied == report.remaining);
}

TEST_CASE("dead letters of a spool that has lost its id are exported under the new one") {
  Site site;
  site.append_raw("alpha.jsonl", "{broken\n");
  site.fs().fail({.call = FsCall::open,
                  .error_number = EIO,
                  .is_lasting = true,
                  .path_part = "queue.failed.jsonl"});
  CHECK(site.drain().fault);
  CHECK(site.failed_lines() == 0);
  site.fs().heal();
  std::filesystem::remove(site.path("queue/sealed/.spool"));
  site.append_raw("alpha.jsonl", "{broken again\n");
  const PassReport report = site.drain();
  CHECK(report.failed == 1);
  CHECK(site.failed_lines() == 2);
  CHECK(site.drain().failed == 0);
  CHECK(site.failed_lines() == 2);
}

TEST_CASE("dead letters of another spool with the same store are left to its own file") {
  Site site;
  site.append_raw("alpha.jsonl", "{broken\n");
  site.fs().fail({.call = FsCall::open,
                  .error_number = EIO,
                  .is_lasting = true,
                  .path_part = "queue.failed.jsonl"});
  CHECK(site.drain().fault);
  site.fs().heal();
  std::filesystem::create_directory(site.path("other"));
  site.append_raw("../other/alpha.jsonl", line_for("telemetry", "a"));
  DrainOptions options;
  options.queue_directories = {site.path("other")};
  options.database = site.shared_database();
  CHECK(Drain(site.context(), site.router(), options).pass().applied == 1);
  CHECK_FALSE(std::filesystem::exists(site.path("other/queue.failed.jsonl")));
  site.drain();
  CHECK(site.failed_lines() == 1);
}

TEST_CASE(
    "an entry whose commit went to a file that was replaced meanwhile is applied to the new one") {
  Site site;
  site.append_raw("alpha.jsonl", line_for("telemetry", "first"));
  CHECK(site.drain_until_idle().applied == 1);
  std::filesystem::copy_file(site.shared_database(), site.path("copy.db"));
  std::filesystem::copy_file(site.shared_database() + "-wal", site.path("copy.db-wal"));
  site.append_raw("alpha.jsonl", line_for("telemetry", "second"));
  site.fs().call_at(Step::commit_after, [&] {
    std::filesystem::rename(site.path("copy.db"), site.shared_database());
    std::filesystem::rename(site.path("copy.db-wal"), site.shared_database() + "-wal");
    std::filesystem::remove(site.shared_database() + "-shm");
  });
  {
    Drain drain(site.context(), site.router(), site.drain_options());
    const PassReport report = drain.pass();
    REQUIRE(report.fault);
    CHECK(report.fault->code() == "database-replaced");
    CHECK(report.applied == 0);
  }
  CHECK(site.drain_until_idle().applied == 1);
  CHECK(site.rows() == std::map<std::string, int>{{"first", 1}, {"second", 1}});
}
