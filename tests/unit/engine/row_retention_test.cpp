#include "core/engine/cleanup/row_retention.hpp"
#include "tests/crash/site.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

RetainedTable table_of(Site& site, const std::string& table) {
  return {table, site.shared_database(), {"at", std::chrono::hours(24), std::chrono::seconds(1)}};
}

std::int64_t query(Site& site, const std::string& sql) {
  const Context context = site.context();
  Database database(site.shared_database(), {}, context.clock, context.stop);
  return database.query_integer(sql);
}

} // namespace

TEST_CASE("old rows are deleted in many small transactions and the others stay") {
  Site site;
  site.execute("CREATE TABLE log(at INTEGER, n INTEGER);"
               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000) "
               "INSERT INTO log SELECT CASE WHEN i % 3 = 0 THEN unixepoch() ELSE i END, i FROM n");
  const Context context = site.context();
  Database other(site.shared_database(), {}, context.clock, context.stop);
  std::int64_t version = other.data_version();
  unsigned transactions = 0;
  RowPurgeOptions options;
  options.on_progress = [&](std::uint64_t) {
    transactions += other.data_version() != version ? 1 : 0;
    version = other.data_version();
  };
  const RowPurge purge = purge_rows(context, table_of(site, "log"), options);
  CHECK(purge.deleted == 80000);
  CHECK(purge.kept == 0);
  CHECK(transactions >= 80000 / 5000);
  CHECK(query(site, "SELECT count(*) FROM log") == 40000);
  CHECK(query(site, "SELECT count(*) FROM log WHERE n % 3 <> 0") == 0);
}

TEST_CASE("rows that a constraint holds on to stay and do not hold up the others") {
  Site site;
  site.execute("CREATE TABLE log(id INTEGER PRIMARY KEY, at INTEGER);"
               "CREATE TABLE child(parent INTEGER REFERENCES log(id));"
               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
               "INSERT INTO log SELECT i, i FROM n;"
               "INSERT INTO child VALUES(3), (500), (1000)");
  const RowPurge purge = purge_rows(site.context(), table_of(site, "log"), {});
  CHECK(purge.deleted == 997);
  CHECK(purge.kept == 3);
  CHECK(query(site, "SELECT sum(id) FROM log") == 1503);
}

TEST_CASE("a stop ends a purge between two transactions") {
  Site site;
  site.execute("CREATE TABLE log(at INTEGER);"
               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "
               "INSERT INTO log SELECT 1 FROM n");
  const Context context = site.context();
  RowPurgeOptions options;
  options.on_progress = [&](std::uint64_t) { context.stop.request(); };
  const RowPurge purge = purge_rows(context, table_of(site, "log"), options);
  CHECK(purge.deleted > 0);
  CHECK(purge.deleted < 30000);
}

TEST_CASE("a missing table has no old rows and a missing column is a mistake in the settings") {
  Site site;
  CHECK(purge_rows(site.context(), table_of(site, "nowhere"), {}).deleted == 0);
  const auto error = error_of(
      [&] { static_cast<void>(purge_rows(site.context(), table_of(site, "telemetry"), {})); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::config);
}
