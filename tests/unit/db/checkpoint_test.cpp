#include "core/db/checkpoint.hpp"
#include "core/db/transaction.hpp"
#include "tests/unit/db/bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

// A database whose WAL holds a few commits, and the two connections of a checkpoint.
struct CheckpointBench : DbBench {
  Database guard = open();
  Database worker = open();

  CheckpointBench() {
    guard.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
  }
  [[nodiscard]] CheckpointResult run(CheckpointMode mode) {
    return checkpoint(guard, worker, mode);
  }
};

void begin_reading(Database& database) {
  database.execute("BEGIN; SELECT count(*) FROM t");
}

} // namespace

TEST_CASE("every mode copies the whole WAL when nobody is in the way") {
  for (const auto mode : {CheckpointMode::passive, CheckpointMode::full, CheckpointMode::restart,
                          CheckpointMode::truncate}) {
    CheckpointBench bench;
    const Bytes before = bench.worker.wal_size();
    const CheckpointResult result = bench.run(mode);
    CHECK_FALSE(result.is_blocked);
    CHECK(result.frames > 0);
    CHECK(result.checkpointed == result.frames);
    CHECK(result.wal_before == before);
    CHECK(result.wal_after == (mode == CheckpointMode::truncate ? 0 : before));
    CHECK_FALSE(bench.guard.is_in_transaction());
    CHECK(bench.worker.query_integer("SELECT sum(a) FROM t") == 3);
  }
}

TEST_CASE("after a restart the next commit begins the WAL anew") {
  CheckpointBench bench;
  CHECK_FALSE(bench.run(CheckpointMode::restart).is_blocked);
  bench.guard.execute("INSERT INTO t VALUES (3)");
  CHECK(bench.run(CheckpointMode::passive).frames == 1);
}

TEST_CASE("a reader of an older state keeps the later frames back") {
  CheckpointBench bench;
  Database reader = bench.open();
  begin_reading(reader);
  bench.guard.execute("INSERT INTO t VALUES (3)");
  const CheckpointResult passive = bench.run(CheckpointMode::passive);
  CHECK(passive.is_blocked);
  CHECK(passive.checkpointed == passive.frames - 1);
  CHECK(bench.clock.slept() == Duration::zero());
  const CheckpointResult full = bench.run(CheckpointMode::full);
  CHECK(full.is_blocked);
  CHECK(bench.clock.slept() == std::chrono::seconds(5));
}

TEST_CASE("a full checkpoint ends when the reader does") {
  CheckpointBench bench;
  Database reader = bench.open();
  begin_reading(reader);
  bench.guard.execute("INSERT INTO t VALUES (3)");
  int sleeps = 0;
  bench.clock.on_sleep([&](Duration) {
    if (++sleeps == 3) {
      reader.execute("ROLLBACK");
    }
  });
  CHECK_FALSE(bench.run(CheckpointMode::full).is_blocked);
  CHECK(sleeps == 3);
}

TEST_CASE("other programs can write while a truncating checkpoint waits for a reader") {
  CheckpointBench bench;
  Database reader = bench.open();
  Database writer = bench.open({.busy_timeout = Duration::zero()});
  begin_reading(reader); // of the newest state: all can be copied, nothing reset
  int commits = 0;
  bench.clock.on_sleep([&](Duration) {
    writer.execute("INSERT INTO t VALUES (9)");
    if (++commits == 4) {
      reader.execute("ROLLBACK");
    }
  });
  const CheckpointResult result = bench.run(CheckpointMode::truncate);
  CHECK_FALSE(result.is_blocked);
  CHECK(result.wal_after == 0);
  CHECK(commits == 4);
  CHECK(bench.worker.query_integer("SELECT count(*) FROM t") == 6);
}

TEST_CASE("a checkpoint that does not get the write lock is blocked and copies nothing") {
  for (const auto mode : {CheckpointMode::passive, CheckpointMode::truncate}) {
    CheckpointBench bench;
    Database writer = bench.open();
    const Transaction transaction(writer);
    const CheckpointResult result = bench.run(mode);
    CHECK(result.is_blocked);
    CHECK(result.checkpointed == 0);
    CHECK(result.wal_after == result.wal_before);
    CHECK_FALSE(bench.guard.is_in_transaction());
  }
}

TEST_CASE("a stop ends the waits of a checkpoint") {
  CheckpointBench bench;
  Database reader = bench.open();
  begin_reading(reader);
  bench.guard.execute("INSERT INTO t VALUES (3)");
  bench.stop.request();
  CHECK(bench.run(CheckpointMode::truncate).is_blocked);
  CHECK(bench.clock.slept() == Duration::zero());
}

TEST_CASE("the connections wait as before after a checkpoint") {
  CheckpointBench bench;
  CHECK_FALSE(bench.run(CheckpointMode::truncate).is_blocked);
  const Transaction transaction(bench.guard);
  CHECK_THROWS_AS(Transaction(bench.worker), Error);
  CHECK(bench.clock.slept() == std::chrono::seconds(5));
}

TEST_CASE("a checkpoint inside a transaction of the worker is an error") {
  CheckpointBench bench;
  begin_reading(bench.worker);
  const Error error = error_of([&] { (void)bench.run(CheckpointMode::passive); });
  CHECK(error.message() ==
        "cannot checkpoint '" + bench.path + "': its connection is in a transaction");
}

TEST_CASE("a database without a WAL has nothing to checkpoint") {
  DbBench bench;
  bench.open().execute("CREATE TABLE t (a)");
  Database guard = bench.open();
  guard.execute("PRAGMA journal_mode = DELETE");
  Database worker = bench.open({.read_only = true});
  const CheckpointResult result = checkpoint(guard, worker, CheckpointMode::truncate);
  CHECK_FALSE(result.is_blocked);
  CHECK(result.frames == 0);
  CHECK(result.wal_after == 0);
}
