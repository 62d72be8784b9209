#include "core/db/checkpoint.hpp"
#include "core/db/unfinished_write.hpp"
#include "tests/support/child.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr const char* k_spill = // more than the cache holds, so that it goes to the WAL at once
    "PRAGMA cache_spill = 1; PRAGMA cache_size = 1; BEGIN IMMEDIATE; "
    "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) "
    "SELECT hex(randomblob(100)) FROM n";

// Another process that writes and then waits before it goes on.
struct Writer {
  Gate written;
  Gate more;
  Gate done;
  Child child;

  Writer(DbBench& bench, const std::string& first, const std::string& second)
      : child([&, second] {
          Database database = bench.open();
          database.execute(first);
          written.open();
          more.wait();
          database.execute(second);
          done.open();
          ::pause();
        }) {
    written.wait();
  }
  void go_on() const {
    more.open();
    done.wait();
  }
};

void make_table(DbBench& bench) {
  bench.open().execute("CREATE TABLE t (a)");
}

} // namespace

TEST_CASE("what is committed is finished") {
  DbBench bench;
  make_table(bench);
  Database reader = bench.open();
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 0);
  CHECK_FALSE(has_unfinished_write(reader));
  bench.open().execute("INSERT INTO t VALUES (1)");
  CHECK_FALSE(has_unfinished_write(reader));
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 1);
}

TEST_CASE("what another process writes is unfinished until it commits") {
  DbBench bench;
  make_table(bench);
  const Writer writer(bench, k_spill, "COMMIT");
  Database reader = bench.open();
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 0);
  CHECK(has_unfinished_write(reader));
  writer.go_on();
  CHECK_FALSE(has_unfinished_write(reader));
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 2000);
}

TEST_CASE("what was written and not committed stays unfinished until it is overwritten") {
  DbBench bench;
  make_table(bench);
  const Writer writer(bench, k_spill, "ROLLBACK");
  writer.go_on();
  Database reader = bench.open();
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 0);
  CHECK(has_unfinished_write(reader));
}

TEST_CASE("a WAL that begins anew holds nothing unfinished of its past") {
  for (const CheckpointMode mode : {CheckpointMode::restart, CheckpointMode::truncate}) {
    DbBench bench;
    make_table(bench);
    Database writer = bench.open();
    Database guard = bench.open();
    for (int i = 0; i < 50; ++i) {
      writer.execute("INSERT INTO t VALUES (hex(randomblob(500)))");
    }
    REQUIRE_FALSE(checkpoint(guard, writer, mode).is_blocked);
    Database reader = bench.open();
    CHECK(reader.query_integer("SELECT count(*) FROM t") == 50);
    CHECK_FALSE(has_unfinished_write(reader));
    writer.execute("INSERT INTO t VALUES (1)");
    CHECK_FALSE(has_unfinished_write(reader));
  }
}

TEST_CASE("without a WAL nobody knows whether a write is finished") {
  DbBench bench;
  make_table(bench);
  bench.open().execute("PRAGMA journal_mode = DELETE");
  Database reader = bench.open({.keeps_journal_mode = true});
  CHECK(reader.query_integer("SELECT count(*) FROM t") == 0);
  CHECK(has_unfinished_write(reader));
  CHECK(reader.query_text("PRAGMA journal_mode") == "delete");
}
