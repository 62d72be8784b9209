#include "core/db/file_moved.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace menacedb;
using namespace menacedb::test;

TEST_CASE("a connection knows when its file was replaced or deleted") {
  DbBench bench;
  Database database = bench.open();
  database.execute("CREATE TABLE t (a)");
  CHECK_FALSE(has_moved(database));
  {
    Database other(bench.directory / "new.db", {.create = true}, bench.clock, bench.stop);
    other.execute("CREATE TABLE t (a)");
  }
  std::filesystem::rename(bench.directory / "new.db", bench.path);
  CHECK(has_moved(database));
  CHECK_FALSE(has_moved(bench.open()));
  Database third(bench.directory / "third.db", {.create = true}, bench.clock, bench.stop);
  std::filesystem::remove(bench.directory / "third.db");
  CHECK(has_moved(third));
}
