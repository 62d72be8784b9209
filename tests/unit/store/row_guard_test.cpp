#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr std::string_view k_schema =
    "CREATE TABLE plain(a);"
    "CREATE TABLE t(a);"
    "CREATE TABLE secret(id INTEGER PRIMARY KEY, a);"
    "CREATE TRIGGER spy AFTER UPDATE ON plain BEGIN INSERT INTO secret(a) VALUES(new.a); END;"
    "CREATE TRIGGER deep AFTER INSERT ON t BEGIN UPDATE plain SET a = new.a; END;"
    "CREATE VIEW v AS SELECT a FROM secret;"
    "CREATE TRIGGER looks AFTER DELETE ON plain WHEN (SELECT count(*) FROM secret) > 9 "
    "BEGIN SELECT 1; END;"
    "CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN INSERT INTO plain VALUES(new.a); END;"
    "CREATE TABLE child(p REFERENCES secret(id));"
    "INSERT INTO plain VALUES(1);";

struct Guarded : StoreBench {
  Guarded() {
    options.row_rule = [this](const TableUse& use) -> std::optional<Error> {
      ++asked;
      return use.table == "secret" ? std::optional(Error(ErrorKind::denied, "table-denied", "no"))
                                   : std::nullopt;
    };
    sql(k_schema);
  }
  int asked = 0;
};

} // namespace

TEST_CASE("a row whose trigger reaches a refused table is dead and says how it got there") {
  Guarded bench;
  CHECK(outcome(bench.apply("t", R"({"a":1})")) == "table-denied: no, reached through 'spy'");
  CHECK(outcome(bench.apply("plain", R"({"a":1})")) == "applied");
  CHECK(bench.number("SELECT count(*) FROM secret") == 0);
  CHECK(bench.number("SELECT count(*) FROM t") == 0);
  CHECK(bench.number("SELECT count(*) FROM menacedb_dead WHERE code = 'table-denied'") == 1);
}

TEST_CASE("the condition of a trigger and a foreign key are asked about too") {
  Guarded bench;
  TestBatch batch = bench.next_batch();
  batch.row("plain", R"({"a":1})", Op::erase).key_fields = batch.list(R"(["a"])");
  CHECK(outcome(bench.store().apply(batch.batch)) == "table-denied: no, reached through 'looks'");
  CHECK(outcome(bench.apply("child", R"({"p":1})")) ==
        "table-denied: no, reached through a foreign key");
  CHECK(bench.number("SELECT count(*) FROM plain") == 1);
}

TEST_CASE("a view may be written to as long as its trigger writes where it may") {
  Guarded bench;
  CHECK(outcome(bench.apply("v", R"({"a":7})")) == "applied");
  CHECK(bench.number("SELECT count(*) FROM plain WHERE a = 7") == 1);
}

TEST_CASE("a rule is asked once for many rows and again when the schema has changed") {
  Guarded bench;
  CHECK(outcome(bench.apply("plain", R"({"a":1})")) == "applied");
  const int asked = bench.asked;
  CHECK(outcome(bench.apply("plain", R"({"a":2})")) == "applied");
  CHECK(bench.asked == asked);
  bench.sql("CREATE TRIGGER late AFTER INSERT ON plain BEGIN DELETE FROM secret; END");
  CHECK(outcome(bench.apply("plain", R"({"a":3})")) == "table-denied: no, reached through 'late'");
}
