#include "core/store/sql_hazards.hpp"
#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

std::vector<std::string> outcomes_of(StoreBench& bench, TestBatch& batch) {
  const Applied applied = bench.store().apply(batch.batch);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < batch.batch.entries.size(); ++i) {
    all.push_back(outcome(applied, i));
  }
  return all;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("each kind of constraint has its code and the text of SQLite") {
  StoreBench bench("CREATE TABLE p(id INTEGER PRIMARY KEY);"
                   "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, n NOT NULL DEFAULT 0, "
                   "c CHECK(c < 10), p REFERENCES p(id), x);"
                   "INSERT INTO t(id, u) VALUES(1, 1);"
                   "CREATE TRIGGER no BEFORE INSERT ON t WHEN new.x = 1 "
                   "BEGIN SELECT RAISE(ABORT, 'not today'); END");
  CHECK(outcome(bench.apply("t", R"({"id":1})")) ==
        "constraint-unique: UNIQUE constraint failed: t.id");
  CHECK(outcome(bench.apply("t", R"({"u":1})")) ==
        "constraint-unique: UNIQUE constraint failed: t.u");
  CHECK(outcome(bench.apply("t", R"({"n":null})")) ==
        "constraint-notnull: NOT NULL constraint failed: t.n");
  CHECK(outcome(bench.apply("t", R"({"c":10})")) ==
        "constraint-check: CHECK constraint failed: c < 10");
  CHECK(outcome(bench.apply("t", R"({"p":5})")) ==
        "constraint-foreignkey: FOREIGN KEY constraint failed");
  CHECK(outcome(bench.apply("t", R"({"x":1})")) == "constraint: not today");
  CHECK(bench.number("SELECT count(*) FROM t") == 1);
  CHECK(bench.number("SELECT count(*) FROM menacedb_dead") == 6);
}

TEST_CASE("a refused row in the middle leaves the others applied") {
  StoreBench bench("CREATE TABLE t(a UNIQUE)");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})");
  batch.row("t", R"({"a":1})");
  batch.row("t", R"({"a":2})");
  CHECK(outcomes_of(bench, batch) ==
        Texts{"applied", "constraint-unique: UNIQUE constraint failed: t.a", "applied"});
  CHECK(bench.number("SELECT sum(a) FROM t") == 3);
}

TEST_CASE("rows that end the transaction are found one by one and the rest is applied once") {
  StoreBench bench("CREATE TABLE t(a, b UNIQUE ON CONFLICT ROLLBACK);"
                   "CREATE TRIGGER no BEFORE INSERT ON t WHEN new.a = 13 "
                   "BEGIN SELECT RAISE(ROLLBACK, 'all back'); END");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1,"b":1})");
  batch.row("t", R"({"a":13,"b":2})");
  batch.row("t", R"({"a":2,"b":1})");
  batch.row("t", R"({"a":3,"b":3})");
  CHECK(outcomes_of(bench, batch) == Texts{"applied", "constraint: all back",
                                           "constraint-unique: UNIQUE constraint failed: t.b",
                                           "applied"});
  CHECK(bench.text("SELECT group_concat(a) FROM t") == "1,3");
  CHECK(bench.number("SELECT count(*) FROM menacedb_dead") == 2);
  CHECK(bench.number("SELECT decided FROM menacedb_ledger") ==
        static_cast<std::int64_t>(batch.batch.slices[0].end));
}

TEST_CASE("a known row that would end the transaction is a duplicate") {
  StoreBench bench("CREATE TABLE t(a UNIQUE ON CONFLICT ROLLBACK, content_hash TEXT UNIQUE)");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})");
  batch.row("t", R"({"a":1})");
  batch.row("t", R"({"a":2})");
  CHECK(outcomes_of(bench, batch) == Texts{"applied", "duplicate", "applied"});
  CHECK(bench.number("SELECT count(*) FROM t") == 2);
}

TEST_CASE("a statement that fails half way leaves nothing behind") {
  StoreBench bench("CREATE TABLE log(x); CREATE TABLE t(a UNIQUE ON CONFLICT FAIL);"
                   "INSERT INTO t VALUES(1);"
                   "CREATE TRIGGER first BEFORE INSERT ON t BEGIN "
                   "INSERT INTO log VALUES(new.a); END");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})");
  batch.row("t", R"({"a":2})");
  CHECK(outcomes_of(bench, batch) ==
        Texts{"constraint-unique: UNIQUE constraint failed: t.a", "applied"});
  CHECK(bench.text("SELECT group_concat(x) FROM log") == "2");
}

TEST_CASE("deferred foreign keys are checked with each row") {
  StoreBench bench("CREATE TABLE p(id INTEGER PRIMARY KEY);"
                   "CREATE TABLE c(p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED);");
  TestBatch batch = bench.next_batch();
  batch.row("c", R"({"p":1})");
  batch.row("p", R"({"id":1})");
  batch.row("c", R"({"p":1})");
  batch.row("p", R"({"id":1})", Op::erase);
  CHECK(outcomes_of(bench, batch) == Texts{"constraint-foreignkey: FOREIGN KEY constraint failed",
                                           "applied", "applied",
                                           "constraint-foreignkey: FOREIGN KEY constraint failed"});
  CHECK(bench.number("SELECT count(*) FROM c, p WHERE c.p = p.id") == 1);
}

TEST_CASE("hazards are words of SQL not of names texts and comments") {
  SqlHazards hazards;
  find_hazards(hazards, "CREATE TABLE t(\"fail\" CHECK(x IN ('fail', 'deferred')), [FAIL], `fail`, "
                        "failed_at, -- fail\n /* DEFERRABLE */ rollback)");
  CHECK_FALSE(hazards.needs_savepoints());
  find_hazards(hazards, "CREATE TABLE t(a UNIQUE ON CONFLICT Fail)");
  CHECK(hazards.leaves_partial_effects);
  find_hazards(hazards, "CREATE TABLE t(a REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
  CHECK(hazards.defers_foreign_keys);
}

TEST_CASE("a locked database is busy and nothing is decided") {
  StoreBench bench("CREATE TABLE t(a)");
  Database other(bench.options.path, {}, bench.clock, bench.stop);
  other.execute("BEGIN IMMEDIATE");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})");
  const auto error = error_of([&] { static_cast<void>(bench.store().apply(batch.batch)); });
  REQUIRE(error.has_value());
  CHECK(error->kind() == ErrorKind::busy);
  CHECK(error->code() == "database-locked");
  other.execute("ROLLBACK");
  CHECK(bench.number("SELECT count(*) FROM menacedb_ledger") == 0);
  CHECK(outcome(bench.store().apply(batch.batch)) == "applied");
}

TEST_CASE("a full disk is an error of the environment and nothing is decided") {
  StoreBench bench("CREATE TABLE t(a)");
  const std::int64_t pages = bench.number("PRAGMA page_count");
  bench.sql("PRAGMA max_page_count = " + std::to_string(pages + 4));
  TestBatch batch = bench.next_batch();
  const std::string data = "{\"a\":\"" + std::string(30000, 'x') + "\"}";
  batch.row("t", R"({"a":1})");
  batch.row("t", data);
  const auto error = error_of([&] { static_cast<void>(bench.store().apply(batch.batch)); });
  REQUIRE(error.has_value());
  CHECK(error->kind() == ErrorKind::io);
  CHECK(error->code() == "disk-full");
  CHECK(bench.number("SELECT count(*) FROM t") == 0);
  CHECK(bench.number("SELECT count(*) FROM menacedb_dead") == 0);
  CHECK(bench.number("SELECT count(*) FROM menacedb_ledger") == 0);
  bench.sql("PRAGMA max_page_count = 1000000");
  CHECK(bench.store().apply(batch.batch).outcomes.applied == 2);
}
