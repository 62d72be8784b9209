// Several batches decided in one transaction: what belongs to it, and what happens to it when
// something comes between.
#include "core/db/database.hpp"
#include "core/engine/drain/drain.hpp"
#include "core/os/step.hpp"
#include "tests/crash/site.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr int k_rows = 10'000; // 620 KiB, and the Site's batches have 64 KiB

std::string backlog() {
  std::string lines;
  for (int i = 0; i < k_rows; ++i) {
    lines += line_for("telemetry", "row-" + std::to_string(i));
  }
  return lines;
}

void check_each_row_once(Site& site, int rows = k_rows) {
  CHECK(site.count("telemetry") == rows);
  CHECK(site.count("(SELECT DISTINCT name FROM telemetry)") == rows);
}

void delete_lock_files(Site& site) {
  for (const char* name :
       {"queue/sealed/.drain.lock", "queue/sealed/.drain.lock.next", "shared.db-menacedb.lock"}) {
    std::filesystem::remove(site.path(name));
  }
}

} // namespace

TEST_CASE("a drain that is alone commits several batches at once") {
  Site site;
  site.append_raw("alpha.jsonl", backlog());
  site.let_find_alone();
  const PassReport report = site.drain();
  CHECK(report.applied == k_rows);
  CHECK(report.queues.at("alpha.jsonl").applied == k_rows);
  CHECK(site.fs().count(Step::group_joined) >= 6);
  CHECK(site.fs().count(Step::commit_after) <= 6);
  check_each_row_once(site);
  CHECK(content_of(site.queue_directory() + "/queue.log.bak") == backlog());
}

TEST_CASE("dead letters of a group are exported after it") {
  Site site;
  std::string lines;
  for (int i = 0; i < k_rows; ++i) {
    lines += i % 1000 == 0 ? std::string("{broken\n")
                           : line_for("telemetry", "row-" + std::to_string(i));
  }
  site.append_raw("alpha.jsonl", lines);
  site.fs().call_at(Step::commit_before, [&] { CHECK(site.failed_lines() == 0); });
  site.let_find_alone();
  const PassReport report = site.drain();
  CHECK(report.applied == k_rows - 10);
  CHECK(report.failed == 10);
  CHECK(site.failed_lines() == 10);
}

TEST_CASE("entries of a group for another store are delivered after it") {
  Site site;
  std::string lines;
  for (int i = 0; i < k_rows; ++i) {
    lines += line_for(i % 1000 == 0 ? "memory" : "telemetry", "row-" + std::to_string(i));
  }
  site.append_raw("alpha.jsonl", lines);
  site.let_find_alone();
  const PassReport report = site.drain();
  CHECK(report.applied == k_rows);
  CHECK(report.remaining == 0);
  CHECK(site.local_rows().size() == 10);
}

TEST_CASE("a statement that ends the transaction of a group costs only its own entry") {
  Site site;
  site.append_raw("alpha.jsonl", backlog());
  site.execute("CREATE TRIGGER bad BEFORE INSERT ON telemetry WHEN NEW.name = 'row-3000' "
               "BEGIN SELECT RAISE(ROLLBACK, 'not this one'); END");
  site.let_find_alone();
  const PassReport report = site.drain();
  CHECK(site.fs().count(Step::group_joined) > 0);
  CHECK(report.applied == k_rows - 1);
  CHECK(report.failed == 1);
  check_each_row_once(site, k_rows - 1);
  CHECK(site.failed_lines() == 1);
}

TEST_CASE("a group that another drain was faster than begins again from the ledger") {
  Site site;
  site.append_raw("alpha.jsonl", backlog());
  // Between the claim and the transaction, somebody deletes all locks and another drain takes all.
  PassReport other;
  site.fs().call_at(Step::claim_read, [&] {
    delete_lock_files(site);
    other = site.drain();
    site.clock().advance(std::chrono::milliseconds(200));
  });
  const PassReport report = site.drain();
  CHECK(other.applied == k_rows);
  CHECK(report.applied == 0);
  CHECK(report.duplicates == 0);
  check_each_row_once(site);
}

TEST_CASE("a disk that is full in the middle of a group loses nothing") {
  Site site;
  site.append_raw("alpha.jsonl", backlog());
  Drain drain(site.context(), site.router(), site.drain_options());
  Database& database = drain.store().database();
  const std::int64_t pages = database.query_integer("PRAGMA page_count");
  static_cast<void>(
      database.query_integer("PRAGMA max_page_count = " + std::to_string(pages + 20)));
  site.let_find_alone();
  const PassReport full = drain.pass();
  REQUIRE(full.fault);
  CHECK(full.fault->code() == "disk-full");
  const std::int64_t before = site.count("telemetry");
  CHECK(before > 0); // batch by batch, as many as had room
  CHECK(full.applied == static_cast<std::uint64_t>(before));
  CHECK(full.remaining == static_cast<std::uint64_t>(k_rows - before));
  CHECK(before < k_rows);
  static_cast<void>(database.query_integer("PRAGMA max_page_count = 1000000"));
  CHECK(drain.pass().applied == static_cast<std::uint64_t>(k_rows - before));
  check_each_row_once(site);
}

TEST_CASE("a stop in the middle of a group commits what it has decided") {
  Site site;
  site.append_raw("alpha.jsonl", backlog());
  const Context context = site.context();
  site.fs().call_at(
      Step::group_joined, [&] { context.stop.request(); }, 2);
  site.let_find_alone();
  const PassReport report = site.drain();
  CHECK(report.applied > 0);
  CHECK(report.applied < k_rows);
  CHECK(report.remaining == k_rows - report.applied);
  CHECK(site.count("telemetry") == static_cast<std::int64_t>(report.applied));
}
