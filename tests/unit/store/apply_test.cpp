#include "core/store/store_schema.hpp"
#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace menacedb;
using namespace menacedb::test;

namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::int64_t rows(StoreBench& bench) {
  return bench.number("SELECT count(*) FROM t");
}

// The deferred entries that are due, as the drain claims them.
TestBatch due_batch(SqliteStore& store, Instant now) {
  TestBatch batch;
  batch.batch.slices.clear();
  for (const DeferredRow& row : store.deferred().due(now, 100, 1 << 20)) {
    Entry& entry = batch.row(row.table, row.line);
    entry.deferred_row = row.id;
    entry.attempts = static_cast<std::uint32_t>(row.attempts);
  }
  return batch;
}

} // namespace

TEST_CASE("opening a store twice changes nothing the second time") {
  StoreBench bench;
  const std::string id = bench.store().id();
  CHECK(id.size() == 32);
  bench.close();
  CHECK(bench.store().id() == id);
  CHECK(has_store_schema(bench.store().database()));
}

TEST_CASE("a batch is decided once whoever applies it again") {
  StoreBench bench("CREATE TABLE t(a)");
  TestBatch batch(1);
  batch.row("t", R"({"a":1})");
  CHECK(outcome(bench.store().apply(batch.batch)) == "applied");
  CHECK(outcome(bench.store().apply(batch.batch)) == "lost");
  const auto other = bench.open();
  CHECK(outcome(other->apply(batch.batch)) == "lost");
  CHECK(rows(bench) == 1);
}

TEST_CASE("two stores race for a slice and one of them loses without a trace") {
  StoreBench bench("CREATE TABLE t(a)");
  const auto other = bench.open();
  TestBatch first(1);
  first.row("t", R"({"a":1})");
  TestBatch second(1);
  second.row("t", R"({"a":1})");
  second.row("t", R"({"b":1})");
  CHECK(outcome(bench.store().apply(first.batch)) == "applied");
  CHECK_FALSE(other->apply(second.batch).has_won);
  CHECK(rows(bench) == 1);
  CHECK(bench.number("SELECT count(*) FROM menacedb_dead") == 0);
}

TEST_CASE("two stores in two threads decide each slice once though their lock file is deleted") {
  StoreBench bench("CREATE TABLE t(a)");
  constexpr std::uint64_t k_slices = 40;
  std::atomic<std::uint64_t> won{0};
  const auto drain = [&] {
    SystemClock clock;
    StopFlag stop;
    SqliteStoreOptions options = bench.options;
    options.busy_timeout = options.lock_patience = seconds(60);
    SqliteStore store(bench.fs, clock, bench.log, stop, options);
    for (std::uint64_t i = 1; i <= k_slices; ++i) {
      TestBatch batch(i);
      batch.row("t", R"({"a":1})");
      bench.fs.unlink(options.path + "-menacedb.lock");
      won += store.apply(batch.batch).has_won ? 1 : 0;
    }
  };
  {
    const std::jthread first(drain);
    const std::jthread second(drain);
  }
  CHECK(won == k_slices);
  CHECK(rows(bench) == static_cast<std::int64_t>(k_slices));
}

TEST_CASE("a crash before the commit decides nothing and one after it everything") {
  StoreBench bench("CREATE TABLE t(a)");
  for (const Step step : {Step::apply_begun, Step::apply_rows, Step::apply_ledger,
                          Step::commit_before, Step::commit_after}) {
    TestBatch batch = bench.next_batch();
    batch.row("t", R"({"a":1})");
    bench.sql("DELETE FROM t");
    bench.fs.on_step = [&](Step reached) {
      if (reached == step) {
        throw Error(ErrorKind::internal, "crash", "crash");
      }
    };
    CHECK(error_of([&] { static_cast<void>(bench.store().apply(batch.batch)); }).has_value());
    bench.fs.on_step = nullptr;
    CHECK(rows(bench) == (step == Step::commit_after ? 1 : 0));
    CHECK(bench.store().apply(batch.batch).has_won == (step != Step::commit_after));
    CHECK(rows(bench) == 1);
  }
}

TEST_CASE("a commit that answers with an error but landed is a commit") {
  StoreBench bench("CREATE TABLE t(a)");
  bench.fs.on_step = [&](Step step) {
    if (step == Step::commit_before) {
      bench.sql("COMMIT"); // ours then fails: no transaction is active
    }
  };
  CHECK(outcome(bench.apply("t", R"({"a":1})")) == "applied");
  TestBatch direct = bench.next_batch();
  direct.batch.slices.clear();
  direct.batch.is_direct = true;
  direct.row("t", R"({"a":2})");
  CHECK(outcome(bench.store().apply(direct.batch)) == "applied");
  bench.fs.on_step = [&](Step step) {
    if (step == Step::commit_before) {
      bench.sql("ROLLBACK");
    }
  };
  CHECK(error_of([&] { bench.apply("t", R"({"a":3})"); }).has_value());
  CHECK(rows(bench) == 2);
}

TEST_CASE("a table that changes between batches is learned again") {
  StoreBench bench("CREATE TABLE t(a)");
  const auto other = bench.open();
  CHECK(outcome(bench.apply("t", R"({"a":1})")) == "applied");
  CHECK(outcome(bench.apply("t", R"({"b":1})")) == "column-unknown: table t has no column named b");
  other->database().execute("ALTER TABLE t ADD COLUMN b");
  CHECK(outcome(bench.apply("t", R"({"b":1})")) == "applied");
  other->database().execute("DROP TABLE t");
  CHECK(outcome(bench.apply("t", R"({"a":1})")) == "table-missing: no such table: t");
  CHECK_FALSE(bench.store().has_table("t"));
  other->database().execute("CREATE TABLE t(c UNIQUE)");
  CHECK(bench.store().has_table("T"));
  CHECK(outcome(bench.apply("t", R"({"c":1})")) == "applied");
}

TEST_CASE("a table that changes after the batch was prepared is learned again") {
  StoreBench bench("CREATE TABLE t(a)");
  const auto other = bench.open();
  CHECK(outcome(bench.apply("t", R"({"a":1})")) == "applied");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":2})");
  // Waiting for the write lock is when other programs change the schema.
  other->database().execute("BEGIN IMMEDIATE; ALTER TABLE t RENAME COLUMN a TO b");
  bench.clock.on_sleep([&](Duration) {
    if (other->database().is_in_transaction()) {
      other->database().execute("COMMIT");
    }
  });
  CHECK(outcome(bench.store().apply(batch.batch)) ==
        "column-unknown: table t has no column named a");
}

TEST_CASE("a key is applied once within the horizon") {
  StoreBench bench("CREATE TABLE t(a NOT NULL); CREATE TABLE u(a)");
  const auto apply = [&](std::string_view table, std::string_view data) {
    TestBatch batch = bench.next_batch();
    batch.row(table, data).key = "k1";
    return outcome(bench.store().apply(batch.batch));
  };
  CHECK(apply("t", R"({"a":null})") ==
        "constraint-notnull: NOT NULL constraint failed: t.a"); // failures are not remembered
  CHECK(apply("t", R"({"a":1})") == "applied");
  CHECK(apply("t", R"({"a":2})") == "duplicate");
  CHECK(apply("T", R"({"a":2})") == "duplicate");
  CHECK(apply("u", R"({"a":2})") == "applied");
  CHECK(bench.store().keys().decided_at("t", "k1") == bench.clock.now());
  bench.clock.advance(hours(24 * 7));
  CHECK(apply("t", R"({"a":3})") == "applied");
  CHECK(rows(bench) == 2);
}

TEST_CASE("keys of one batch are compared with each other too") {
  StoreBench bench("CREATE TABLE t(a)");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})").key = "k";
  batch.row("t", R"({"a":2})").key = "k";
  const Applied applied = bench.store().apply(batch.batch);
  CHECK(applied.outcomes.applied == 1);
  CHECK(applied.outcomes.duplicates == 1);
}

TEST_CASE("old keys are cleaned away as batches pass") {
  StoreBench bench("CREATE TABLE t(a)");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})").key = "k";
  static_cast<void>(bench.store().apply(batch.batch));
  bench.clock.advance(hours(24 * 8));
  static_cast<void>(bench.apply("t", R"({"a":2})"));
  CHECK(bench.number("SELECT count(*) FROM menacedb_key") == 0);
}

TEST_CASE("faults and refused destinations become dead letters that keep the line") {
  StoreBench bench("CREATE TABLE t(a)");
  TestBatch batch(3);
  batch.batch.faults.push_back({"json-syntax", "cannot parse JSON at byte 1: expected ':'"});
  batch.batch.destinations.push_back(
      {Destination::Kind::refused, {}, {"table-unknown", "Unknown table: t"}});
  batch.row("t", R"({"a":0})");
  Entry& broken = batch.row("t", R"({"a":1})");
  broken.fault = 0;
  broken.length += 100; // a prefix of an oversized line
  Entry& refused = batch.row("t", R"({"a":2})");
  refused.destination = 1;
  refused.id = "0123";
  refused.origin = "alpha";
  refused.not_before = bench.clock.now() + hours(1); // refused is refused, now
  const Applied applied = bench.store().apply(batch.batch);
  CHECK(applied.outcomes.failed == 2);
  CHECK(outcome(applied, 2) == "table-unknown: Unknown table: t");

  const std::vector<DeadRow> dead = bench.store().dead_rows().list({});
  REQUIRE(dead.size() == 2);
  CHECK(dead[0].fault.code == "json-syntax");
  CHECK(dead[0].is_truncated);
  CHECK(dead[1].line == R"({"a":2})");
  CHECK_FALSE(dead[1].is_truncated);
  CHECK(dead[1].place.segment == SegmentId{"66f1c2d3a4b5c6d7", 3});
  CHECK(dead[1].place.offset == 16);
  CHECK(dead[1].place.lane == Lane{"alpha", 5});
  CHECK(dead[1].entry_id == "0123");
  CHECK(dead[1].origin == "alpha");
  CHECK(dead[1].attempts == 1);
  CHECK(dead[1].failed_at == bench.clock.now());
}

TEST_CASE("an entry that is not due waits in the store and is applied once") {
  StoreBench bench("CREATE TABLE t(a)");
  SqliteStore& store = bench.store();
  TestBatch batch(1);
  batch.row("t", R"({"a":1})").not_before = bench.clock.now() + seconds(60);
  batch.row("t", R"({"a":2})").not_before = bench.clock.now();
  const Applied applied = store.apply(batch.batch);
  CHECK(outcome(applied, 0) == "deferred");
  CHECK(outcome(applied, 1) == "applied");
  CHECK(store.deferred().count() == 1);
  CHECK(store.deferred().due(bench.clock.now(), 100, 1 << 20).empty());
  CHECK(store.deferred().next_due() == bench.clock.now() + seconds(60));

  bench.clock.advance(seconds(60));
  TestBatch due = due_batch(store, bench.clock.now());
  TestBatch again = due_batch(store, bench.clock.now());
  CHECK(outcome(store.apply(due.batch)) == "applied");
  CHECK(outcome(store.apply(again.batch)) == "lost");
  CHECK(store.deferred().count() == 0);
  CHECK(rows(bench) == 2);
}

TEST_CASE("a stale drain does not decide the deferred entry that came after") {
  StoreBench bench("CREATE TABLE t(a)");
  SqliteStore& store = bench.store();
  const auto defer = [&](std::string_view data) {
    TestBatch batch = bench.next_batch();
    batch.row("t", data).not_before = bench.clock.now() + seconds(1);
    static_cast<void>(store.apply(batch.batch));
    bench.clock.advance(seconds(1));
  };
  defer(R"({"a":1})");
  TestBatch due = due_batch(store, bench.clock.now());
  TestBatch stale = due_batch(store, bench.clock.now());
  static_cast<void>(store.apply(due.batch));
  defer(R"({"a":2})");
  CHECK_FALSE(store.apply(stale.batch).has_won);
  CHECK(store.deferred().count() == 1);
}

TEST_CASE("a deferred entry that fails is a dead letter at its first place") {
  StoreBench bench("CREATE TABLE t(a NOT NULL)");
  SqliteStore& store = bench.store();
  TestBatch batch(5);
  batch.row("t", R"({"a":1})");
  batch.row("t", R"({"a":null})").not_before = bench.clock.now() + seconds(1);
  static_cast<void>(store.apply(batch.batch));
  bench.clock.advance(seconds(1));
  TestBatch due = due_batch(store, bench.clock.now());
  CHECK(store.apply(due.batch).outcomes.failed == 1);
  const std::vector<DeadRow> dead = store.dead_rows().list({});
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].place.segment.sequence == 5);
  CHECK(dead[0].place.offset == 8);
}

TEST_CASE("a direct write that fails leaves no dead letter") {
  StoreBench bench("CREATE TABLE t(a NOT NULL)");
  TestBatch batch = bench.next_batch();
  batch.batch.slices.clear();
  batch.batch.is_direct = true;
  batch.row("t", R"({"a":null})");
  batch.row("t", R"({"a":1})");
  const Applied applied = bench.store().apply(batch.batch);
  CHECK(applied.outcomes.failed == 1);
  CHECK(applied.outcomes.applied == 1);
  CHECK(bench.number("SELECT count(*) FROM menacedb_dead") == 0);
}

TEST_CASE("totals grow with the transaction of what they count") {
  StoreBench bench("CREATE TABLE t(a, content_hash UNIQUE)");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})");
  batch.row("t", R"({"a":1})");
  batch.row("t", R"({"b":1})");
  batch.row("t", R"({"a":2})").not_before = bench.clock.now() + hours(1);
  static_cast<void>(bench.store().apply(batch.batch));
  static_cast<void>(bench.store().apply(batch.batch)); // lost: counts nothing
  const StoreTotals totals = bench.store().stats().totals();
  CHECK(totals.applied == 1);
  CHECK(totals.duplicates == 1);
  CHECK(totals.failed == 1);
  CHECK(totals.deferred == 1);
  CHECK(totals.forwarded == 0);
}

TEST_CASE("a large WAL is checkpointed and used again from its start") {
  StoreBench bench;
  bench.options.wal_limit = 1 << 20;
  bench.sql("CREATE TABLE t(a)");
  const std::string data = "{\"a\":\"" + std::string(200'000, 'x') + "\"}";
  for (int i = 0; i < 40; ++i) {
    CHECK(outcome(bench.apply("t", data)) == "applied");
    bench.store().checkpoint_if_large();
  }
  CHECK(bench.store().database().wal_size() <= (2 << 20));
  CHECK(rows(bench) == 40);
}

TEST_CASE("a checkpoint that meets a foreign writer is left for later") {
  StoreBench bench("CREATE TABLE t(a)");
  CHECK(outcome(bench.apply("t", R"({"a":1})")) == "applied");
  Database other(bench.options.path, {}, bench.clock, bench.stop);
  other.execute("BEGIN IMMEDIATE");
  CHECK_FALSE(error_of([&] { bench.store().checkpoint_if_large(true); }).has_value());
  other.execute("ROLLBACK");
  bench.store().checkpoint_if_large(true);
}
