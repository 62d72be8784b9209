#include "core/db/writer_lock.hpp"
#include "core/engine/care/checkpoints.hpp"
#include "tests/unit/engine/care_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* k_rows =
    "CREATE TABLE t (a); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)";

CheckpointReport run(CareBench& bench, CheckpointRequest request = {}) {
  return checkpoint_database(bench.context(), bench.path, request);
}

} // namespace

TEST_CASE("a checkpoint empties the WAL and names nobody") {
  CareBench bench;
  bench.run(k_rows);
  const CheckpointReport report = run(bench);
  CHECK_FALSE(report.result.is_blocked);
  CHECK(report.result.wal_before > 0);
  CHECK(report.result.wal_after == 0);
  CHECK(report.result.frames == report.result.checkpointed);
  CHECK(report.blocked_by.empty());
  CHECK(bench.open().query_integer("SELECT sum(a) FROM t") == 3);
}

TEST_CASE("a checkpoint that a reader blocks names the reader") {
  CareBench bench;
  bench.run(k_rows);
  const OtherProgram reader(bench, "BEGIN; SELECT count(*) FROM t");
  bench.run("INSERT INTO t VALUES (3)");
  CheckpointRequest request;
  request.timeout = 100ms;
  const CheckpointReport report = run(bench, request);
  CHECK(report.result.is_blocked);
  REQUIRE(report.blocked_by.size() == 1);
  CHECK(report.blocked_by[0].pid == reader.child.pid());
  CHECK_FALSE(report.blocked_by[0].command.empty());
}

TEST_CASE("a checkpoint that a foreign writer blocks names the writer") {
  CareBench bench;
  bench.run(k_rows);
  const OtherProgram writer(bench, "BEGIN IMMEDIATE");
  CheckpointRequest request;
  request.timeout = 100ms;
  const CheckpointReport report = run(bench, request);
  CHECK(report.result.is_blocked);
  REQUIRE(report.blocked_by.size() == 1);
  CHECK(report.blocked_by[0].pid == writer.child.pid());
}

TEST_CASE("a checkpoint that another menacedb blocks is blocked and says why") {
  CareBench bench;
  bench.run(k_rows);
  const Gate held;
  const Child holder([&] {
    const WriterLock lock(bench.fs, bench.clock, bench.path, 0s, bench.stop);
    held.open();
    ::pause();
  });
  held.wait();
  CheckpointRequest request;
  request.timeout = 0s;
  const CheckpointReport report = run(bench, request);
  CHECK(report.result.is_blocked);
  CHECK(report.result.wal_before > 0);
  CHECK(report.reason.find("pid " + std::to_string(holder.pid())) != std::string::npos);
  REQUIRE(report.blocked_by.size() == 1);
  CHECK(report.blocked_by[0].pid == holder.pid());
}

TEST_CASE("a second instance that may not wait is told that the mode forbids it") {
  CareBench bench(CareBench::Items{{"databases.mode", "read-only-if-locked"}});
  bench.run(k_rows);
  const Gate held;
  const Child holder([&] {
    const WriterLock lock(bench.fs, bench.clock, bench.path, 0s, bench.stop);
    held.open();
    ::pause();
  });
  held.wait();
  const Duration started = bench.clock.monotonic();
  const CheckpointReport report = run(bench);
  CHECK(bench.clock.monotonic() - started < 5s);
  CHECK(report.result.is_blocked);
  CHECK(report.reason.find("read-only for now") == 0);
}

TEST_CASE("a database that is not in WAL mode stays as it is") {
  CareBench bench;
  bench.run(std::string(k_rows) + "; PRAGMA journal_mode = DELETE");
  const CheckpointReport report = run(bench);
  CHECK(report.journal_mode == "delete");
  CHECK_FALSE(report.result.is_blocked);
  CHECK_FALSE(bench.fs.stat(bench.path + "-wal").has_value());
}

TEST_CASE("a rehearsed checkpoint changes nothing and names who would be in the way") {
  CareBench bench;
  bench.run(k_rows);
  const OtherProgram reader(bench, "BEGIN; SELECT count(*) FROM t");
  CheckpointRequest request;
  request.is_rehearsal = true;
  const CheckpointReport report = run(bench, request);
  CHECK(report.result.wal_before > 0);
  CHECK(report.result.wal_after == report.result.wal_before);
  CHECK(report.result.frames > 0);
  CHECK(report.result.checkpointed == 0);
  REQUIRE(report.blocked_by.size() == 1);
  CHECK(report.blocked_by[0].pid == reader.child.pid());
}
