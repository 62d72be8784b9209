#include "core/db/checkpoint.hpp"
#include "core/engine/care/database_stats.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/engine/care_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace menacedb;
using namespace menacedb::test;

namespace {

const std::string k_thousand = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                               "WHERE i < 1000) ";

// Everything is estimated.
StatsRequest hurried() {
  StatsRequest request;
  request.small = 0;
  request.time_in_all = Duration::zero();
  return request;
}

DatabaseStats::Table table_of(CareBench& bench, const StatsRequest& request,
                              const std::string& name) {
  const DatabaseStats stats = read_database_stats(bench.context(), bench.path, request);
  const auto found = std::find_if(stats.tables.begin(), stats.tables.end(),
                                  [&](const auto& table) { return table.name == name; });
  REQUIRE(found != stats.tables.end());
  return *found;
}

} // namespace

TEST_CASE("figures of a database are those of its schema and file") {
  CareBench bench;
  bench.run("PRAGMA user_version = 7; CREATE TABLE b (x UNIQUE); CREATE INDEX i ON b (x);"
            "CREATE TABLE a (y); CREATE TABLE menacedb_z (y); INSERT INTO a VALUES (1), (2)");
  const DatabaseStats stats = read_database_stats(bench.context(), bench.path, {});
  CHECK(stats.schema_version == 7);
  CHECK(stats.indices == 1);
  CHECK(stats.page_size == 4096);
  CHECK(stats.wal_size > 0);
  REQUIRE(stats.tables.size() == 2);
  CHECK(stats.tables[0].name == "a");
  CHECK(stats.tables[0].rows == 2);
  CHECK_FALSE(stats.tables[0].is_approximate);
  REQUIRE(stats.tables[0].pages.has_value());
  CHECK(stats.tables[0].pages->table == 1);
  CHECK(stats.tables[1].pages->indices == 2);
  StatsRequest all;
  all.includes_own = true;
  CHECK(read_database_stats(bench.context(), bench.path, all).tables.size() == 3);
}

TEST_CASE("rows with ids in sequence are estimated exactly") {
  CareBench bench;
  bench.run("CREATE TABLE t (a); " + k_thousand + "INSERT INTO t SELECT i FROM n");
  const DatabaseStats::Table table = table_of(bench, hurried(), "t");
  CHECK(table.is_approximate);
  CHECK(table.rows == 1000);
}

TEST_CASE("rows with gaps between their ids are estimated near their number") {
  CareBench bench;
  bench.run("CREATE TABLE t (id INTEGER PRIMARY KEY); " + k_thousand +
            "INSERT INTO t SELECT i * 1000003 FROM n");
  const DatabaseStats::Table table = table_of(bench, hurried(), "t");
  CHECK(table.rows.value() > 800);
  CHECK(table.rows.value() < 1200);
}

TEST_CASE("ids from one end of the range to the other do not overflow the estimate") {
  CareBench bench;
  bench.run("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES "
            "(-9223372036854775808), (0), (9223372036854775807)");
  CHECK(table_of(bench, hurried(), "t").rows.value() <= 10);
}

TEST_CASE("a table without row ids is estimated from what was analysed or not at all") {
  CareBench bench;
  bench.run("CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID; " + k_thousand +
            "INSERT INTO t SELECT i FROM n");
  CHECK_FALSE(table_of(bench, hurried(), "t").rows.has_value());
  bench.run("ANALYZE");
  CHECK(table_of(bench, hurried(), "t").rows == 1000);
}

TEST_CASE("an exact count counts whatever the time") {
  CareBench bench;
  bench.run("CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES (1)");
  StatsRequest request = hurried();
  request.is_exact = true;
  const DatabaseStats::Table table = table_of(bench, request, "t");
  CHECK(table.rows == 1);
  CHECK_FALSE(table.is_approximate);
}

TEST_CASE("an empty table has no rows by estimate either") {
  CareBench bench;
  bench.run("CREATE TABLE t (a)");
  CHECK(table_of(bench, hurried(), "t").rows == 0);
}

TEST_CASE("a missing database is an error and stays missing") {
  CareBench bench;
  const auto error =
      error_of([&] { static_cast<void>(read_database_stats(bench.context(), bench.path, {})); });
  REQUIRE(error.has_value());
  CHECK(error->code() == "not-found");
  CHECK_FALSE(bench.fs.stat(bench.path).has_value());
}

TEST_CASE("reading figures leaves no files behind") {
  CareBench bench;
  {
    bench.run("CREATE TABLE t (a)");
    Database guard = bench.open();
    Database worker = bench.open();
    static_cast<void>(checkpoint(guard, worker, CheckpointMode::truncate));
  }
  bench.fs.unlink(bench.path + "-wal");
  bench.fs.unlink(bench.path + "-shm");
  CHECK(read_database_stats(bench.context(), bench.path, {}).tables.size() == 1);
  CHECK_FALSE(bench.fs.stat(bench.path + "-wal").has_value());
  CHECK_FALSE(bench.fs.stat(bench.path + "-shm").has_value());
}

TEST_CASE("a stop ends the reading of figures") {
  CareBench bench;
  bench.run("CREATE TABLE t (a)");
  bench.stop.request();
  CHECK(error_of([&] { static_cast<void>(read_database_stats(bench.context(), bench.path, {})); })
            .value()
            .code() == "interrupted");
}
