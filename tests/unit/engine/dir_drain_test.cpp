#include "core/engine/drain/dir_drain.hpp"
#include "core/engine/enqueue/enqueue_sql.hpp"
#include "core/os/file_lock.hpp"
#include "tests/crash/site.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace menacedb;
using namespace menacedb::test;

namespace {

DirDrainOptions options_of(Site& site, bool goes_on) {
  DirDrainOptions options = dir_drain_options(site.context().settings);
  options.goes_on = goes_on;
  return options;
}

void enqueue(Site& site, int count, std::size_t padding = 0) {
  for (int i = 0; i < count; ++i) {
    site.enqueue_sql(fmt::format("INSERT INTO telemetry(name) VALUES('row-{}') -- {}", i,
                                 std::string(padding, 'x')));
  }
}

unsigned looks(Site& site, bool goes_on) {
  enqueue(site, 1);
  DirDrain drain(site.context(), site.router(), options_of(site, goes_on));
  site.fs().forget_records();
  const unsigned before = site.fs().count(Step::dir_claimed);
  const PassReport report = drain.pass();
  CHECK(report.applied == 1);
  CHECK(report.remaining == 0);
  return site.fs().count(Step::dir_claimed) - before;
}

} // namespace

TEST_CASE("a drain of the directory queue looks again for what came meanwhile") {
  Site site;
  CHECK(looks(site, false) == 2);
}

TEST_CASE("a drain of the directory queue that goes on waits for the next arrival instead") {
  Site site;
  CHECK(looks(site, true) == 1);
}

TEST_CASE("a drain of the directory queue that goes on takes a backlog batch by batch") {
  Site site;
  enqueue(site, 40, 20000); // several batches, all too short for a second thread
  DirDrain drain(site.context(), site.router(), options_of(site, true));
  const PassReport report = drain.pass();
  CHECK(report.applied == 40);
  CHECK(report.remaining == 0);
  CHECK(site.count("telemetry") == 40);
  CHECK(site.fs().count(Step::dir_claimed) > 1);
}

TEST_CASE("a long backlog is applied in order and lies in completed") {
  Site site;
  enqueue(site, 9000);
  DirDrain drain(site.context(), site.router(), options_of(site, false));
  const PassReport report = drain.pass();
  CHECK(report.applied == 9000);
  CHECK(report.remaining == 0);
  CHECK(site.count("telemetry WHERE name = 'row-' || (rowid - 1)") == 9000);
  CHECK(site.files_in("dirqueue/completed") == 9000);
  CHECK(site.files_in("dirqueue/processing") == 0);
}

TEST_CASE("who waits for the directory queue gets a turn before the backlog is done") {
  Site site;
  enqueue(site, 6000);
  const std::string doorway = DirSpool(site.fs(), site.dir_queue()).lock_path() + ".next";
  std::optional<FileLock> waiting;
  DirDrainOptions options = options_of(site, false);
  options.lock_patience = Duration::zero();
  // Taken during the first batch, so that the drain does not get its own next turn.
  site.fs().call_at(Step::commit_after,
                    [&] { waiting = FileLock::try_acquire(site.fs(), site.clock(), doorway); });
  DirDrain drain(site.context(), site.router(), options);
  const PassReport report = drain.pass();
  REQUIRE(waiting);
  CHECK(report.got_no_turn);
  CHECK(report.applied > 0);
  CHECK(report.applied < 6000);
  CHECK(report.applied + report.remaining == 6000);
  CHECK(site.files_in("dirqueue/processing") == 0);
}

TEST_CASE("the counters for old scripts cost no sync") {
  Site site;
  enqueue(site, 1);
  DirDrain drain(site.context(), site.router(), options_of(site, true));
  site.fs().forget_records();
  REQUIRE(drain.pass().applied == 1);
  CHECK(
      content_of(site.dir_queue() + "/stats.json").starts_with("{\"enqueued\":1,\"processed\":1,"));
  const auto records = site.fs().records();
  CHECK(std::none_of(records.begin(), records.end(), [&](const FaultFs::Record& record) {
    return record.call == FsCall::sync && record.path.find("stats.json") != std::string::npos;
  }));
}

TEST_CASE("a drain with nothing to do writes the counters that another had no time to write") {
  Site site;
  enqueue(site, 3);
  REQUIRE(DirDrain(site.context(), site.router(), options_of(site, false)).pass().applied == 3);
  const std::string path = site.dir_queue() + "/stats.json";
  const std::string right = content_of(path);
  CHECK(right.starts_with("{\"enqueued\":3,\"processed\":3,"));
  SUBCASE("not at all") {
    std::filesystem::remove(path);
  }
  SUBCASE("since an earlier pass") {
    std::ofstream(path) << R"({"enqueued":1,"processed":1,"failed":0,"retried":0,"direct":0})";
  }
  const PassReport report = DirDrain(site.context(), site.router(), options_of(site, false)).pass();
  CHECK(report.applied == 0);
  CHECK(content_of(path) == right);
}

TEST_CASE("a drain with nothing to do counts what was written directly for old scripts") {
  Site site;
  enqueue(site, 1);
  REQUIRE(DirDrain(site.context(), site.router(), options_of(site, false)).pass().applied == 1);
  SqlEnqueueOptions direct;
  direct.direct = true;
  static_cast<void>(
      SqlEnqueuer(site.context(), direct).enqueue("INSERT INTO telemetry(name) VALUES('past')"));
  static_cast<void>(DirDrain(site.context(), site.router(), options_of(site, false)).pass());
  CHECK(content_of(site.dir_queue() + "/stats.json").find("\"direct\":1") != std::string::npos);
}
