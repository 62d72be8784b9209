#include "core/engine/cleanup/cleanup.hpp"
#include "tests/crash/site.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

using namespace menacedb;
using namespace menacedb::test;

namespace {

CleanupResult purge(Site& site) {
  const auto all = cleanup_actions();
  const auto found = std::ranges::find(all, "purge-failed", &CleanupAction::name);
  REQUIRE(found != all.end());
  return found->run(site.context(), {});
}

void fail_entries(Site& site, int count) {
  for (int i = 0; i < count; ++i) {
    site.append_raw("alpha.jsonl", line_for("no_such_table", "x" + std::to_string(i)));
  }
  site.drain_until_idle();
}

} // namespace

TEST_CASE("old dead letters leave the database and the file and later ones come as before") {
  Site site;
  fail_entries(site, 3);
  REQUIRE(site.dead_rows() == 3);
  REQUIRE(site.failed_lines() == 3);
  CHECK(purge(site).items == 0);
  site.clock().advance(std::chrono::hours(24 * 8));
  fail_entries(site, 1);
  CHECK(purge(site).items == 3);
  CHECK(site.dead_rows() == 1);
  CHECK(site.failed_lines() == 1);
  fail_entries(site, 2);
  CHECK(site.dead_rows() == 3);
  CHECK(site.failed_lines() == 3);
}

TEST_CASE("a purge that ends between the database and the file is completed by the next") {
  Site site;
  fail_entries(site, 3);
  site.clock().advance(std::chrono::hours(24 * 8));
  FaultFs::Fault fault;
  fault.call = FsCall::rename;
  fault.error_number = EIO;
  fault.path_part = "queue.failed.jsonl";
  site.fs().fail(fault);
  CHECK_THROWS(purge(site));
  CHECK(site.dead_rows() == 0);
  CHECK(site.failed_lines() == 3);
  site.drain_until_idle();
  CHECK(site.failed_lines() == 3);
  CHECK(purge(site).items == 3);
  CHECK(site.failed_lines() == 0);
}

TEST_CASE("letters that the file lost are purged from the database") {
  Site site;
  fail_entries(site, 2);
  REQUIRE(site.fs().unlink(site.queue_directory() + "/queue.failed.jsonl"));
  site.clock().advance(std::chrono::hours(24 * 8));
  CHECK(purge(site).items == 2);
  CHECK(site.dead_rows() == 0);
}
