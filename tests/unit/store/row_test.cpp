#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

TEST_CASE("insert writes a row and names its columns in any order and case") {
  StoreBench bench("CREATE TABLE bots(name TEXT, size INTEGER)");
  CHECK(outcome(bench.apply("bots", R"({"size":2,"NAME":"a"})")) == "applied");
  CHECK(bench.text("SELECT name || size FROM bots") == "a2");
}

TEST_CASE("insert of an empty object takes the defaults") {
  StoreBench bench("CREATE TABLE bots(id INTEGER PRIMARY KEY, name TEXT DEFAULT 'x')");
  CHECK(outcome(bench.apply("bots", "{}")) == "applied");
  CHECK(bench.text("SELECT name FROM bots") == "x");
}

TEST_CASE("a name of a table may be spelled in another case") {
  StoreBench bench("CREATE TABLE Bots(name)");
  CHECK(outcome(bench.apply("bots", R"({"name":1})")) == "applied");
  CHECK(outcome(bench.apply("BOTS", R"({"name":2})")) == "applied");
  CHECK(bench.number("SELECT count(*) FROM Bots") == 2);
}

TEST_CASE("keywords quotes and other scripts are fine as names") {
  StoreBench bench("CREATE TABLE \"sel\"\"ect\"(\"from\", \"a'b\", \"x\"\"y\", \"größe\")");
  const Applied applied = bench.apply("sel\"ect", R"({"from":1,"a'b":2,"x\"y":3,"größe":4})");
  CHECK(outcome(applied) == "applied");
  CHECK(bench.number("SELECT \"from\"+\"a'b\"+\"x\"\"y\"+\"größe\" FROM \"sel\"\"ect\"") == 10);
}

TEST_CASE("values are bound by the type rules") {
  StoreBench bench("CREATE TABLE t(a, b, c, d, e, f, g, h, i)");
  const Applied applied = bench.apply(
      "t", R"({"a":true,"b":false,"c":null,"d":-9223372036854775808,"e":1.5,"f":"a\u0000b",)"
           R"("g":{"$blob":"AAH/"},"h":[1, 2],"i":{"x":{"$blob":"AA=="}}})");
  CHECK(outcome(applied) == "applied");
  CHECK(bench.text("SELECT typeof(a)||a||typeof(b)||b||typeof(c) FROM t") ==
        "integer1integer0null");
  CHECK(bench.text("SELECT typeof(d)||d||typeof(e)||e FROM t") ==
        "integer-9223372036854775808real1.5");
  CHECK(bench.text("SELECT typeof(f)||hex(f) FROM t") == "text610062");
  CHECK(bench.text("SELECT typeof(g)||hex(g) FROM t") == "blob0001FF");
  CHECK(bench.text("SELECT h FROM t") == "[1, 2]");
  CHECK(bench.text("SELECT i FROM t") == R"({"x":{"$blob":"AA=="}})");
}

TEST_CASE("an object with more than the blob is stored as its JSON text") {
  StoreBench bench("CREATE TABLE t(a)");
  CHECK(outcome(bench.apply("t", R"({"a":{"$blob":"AA==","b":1}})")) == "applied");
  CHECK(bench.text("SELECT a FROM t") == R"({"$blob":"AA==","b":1})");
}

TEST_CASE("values that cannot be stored are refused") {
  StoreBench bench("CREATE TABLE t(a, id INTEGER PRIMARY KEY)");
  CHECK(outcome(bench.apply("t", R"({"a":{"$blob":"A"}})")) ==
        "bad-blob: the $blob of a is not base64");
  CHECK(outcome(bench.apply("t", R"({"a":{"$blob":1}})")) ==
        "bad-blob: the $blob of a is not base64");
  CHECK(outcome(bench.apply("t", R"({"a":9223372036854775808})")) ==
        "integer-too-big: the integer 9223372036854775808 of a is beyond 64 bits");
  CHECK(outcome(bench.apply("t", R"({"id":"x"})")) == "datatype-mismatch: datatype mismatch");
  CHECK(bench.number("SELECT count(*) FROM t") == 0);
}

TEST_CASE("unknown tables and columns and tables of SQLite and menacedb are refused") {
  StoreBench bench("CREATE TABLE bots(name)");
  CHECK(outcome(bench.apply("nope", R"({"a":1})")) == "table-missing: no such table: nope");
  CHECK(outcome(bench.apply("bots", R"({"a\"; DROP TABLE bots":1})")) ==
        "column-unknown: table bots has no column named a\"; DROP TABLE bots");
  CHECK(outcome(bench.apply("bots", R"({"rowid":1})")) ==
        "column-unknown: table bots has no column named rowid");
  CHECK(outcome(bench.apply("menacedb_KEY", R"({"key":"x"})")) ==
        "denied: Access to table 'menacedb_KEY' is denied");
  CHECK(outcome(bench.apply("sqlite_master", R"({"sql":"x"})")) ==
        "denied: Access to table 'sqlite_master' is denied");
}

TEST_CASE("generated columns are refused with the text of SQLite") {
  StoreBench bench("CREATE TABLE t(a PRIMARY KEY, b AS (a + 1), c AS (a) STORED)");
  CHECK(outcome(bench.apply("t", R"({"a":1,"b":2})")) ==
        "column-generated: cannot INSERT into generated column \"b\"");
  CHECK(outcome(bench.apply("t", R"({"a":1,"C":2})", Op::update)) ==
        "column-generated: cannot UPDATE generated column \"c\"");
}

TEST_CASE("a view answers for itself") {
  StoreBench bench("CREATE TABLE t(a); CREATE VIEW plain AS SELECT a FROM t;"
                   "CREATE VIEW open AS SELECT a FROM t;"
                   "CREATE TRIGGER redirect INSTEAD OF INSERT ON open BEGIN "
                   "INSERT INTO t VALUES(new.a * 10); END");
  CHECK(outcome(bench.apply("plain", R"({"a":1})")) ==
        "sql: cannot modify plain because it is a view");
  CHECK(outcome(bench.apply("open", R"({"a":1})")) == "applied");
  CHECK(bench.number("SELECT a FROM t") == 10);
}

TEST_CASE("upsert changes the row with the same key and only the columns given") {
  StoreBench bench("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)");
  CHECK(outcome(bench.apply("t", R"({"id":1,"a":1,"b":1})", Op::upsert)) == "applied");
  CHECK(outcome(bench.apply("t", R"({"id":1,"a":2})", Op::upsert)) == "applied");
  CHECK(outcome(bench.apply("t", R"({"id":1})", Op::upsert)) == "applied");
  CHECK(bench.text("SELECT id||a||b FROM t") == "121");
  CHECK(outcome(bench.apply("t", R"({"a":2})", Op::upsert)) ==
        "missing-key: cannot upsert a row of t: the data has no value for id");
}

TEST_CASE("upsert goes by the key fields when the entry names them") {
  StoreBench bench("CREATE TABLE t(a, b, c, UNIQUE(a, b))");
  for (const char* data : {R"({"a":1,"b":2,"c":3})", R"({"b":2,"c":4,"a":1})"}) {
    TestBatch batch = bench.next_batch();
    const std::uint32_t fields = batch.list(R"(["a","B"])");
    batch.row("t", data, Op::upsert).key_fields = fields;
    CHECK(outcome(bench.store().apply(batch.batch)) == "applied");
  }
  CHECK(bench.text("SELECT count(*)||max(c) FROM t") == "14");

  TestBatch wrong = bench.next_batch();
  const std::uint32_t fields = wrong.list(R"(["c"])");
  wrong.row("t", R"({"a":1,"c":1})", Op::upsert).key_fields = fields;
  CHECK(outcome(bench.store().apply(wrong.batch)) ==
        "sql: ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint");
}

TEST_CASE("update changes the rows that match the key") {
  StoreBench bench("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES(1, 1, 1);"
                   "INSERT INTO t VALUES(2, NULL, 1)");
  CHECK(outcome(bench.apply("t", R"({"a":5,"id":1})", Op::update)) == "applied");
  CHECK(outcome(bench.apply("t", R"({"id":1})", Op::update)) == "applied");
  CHECK(outcome(bench.apply("t", R"({"id":3,"a":5})", Op::update)) ==
        "no-such-row: no row of t matches");
  CHECK(outcome(bench.apply("t", R"({"id":3})", Op::update)) == "no-such-row: no row of t matches");
  CHECK(outcome(bench.apply("t", R"({"a":5})", Op::update)) ==
        "missing-key: cannot update a row of t: the data has no value for id");
  TestBatch batch = bench.next_batch();
  const std::uint32_t fields = batch.list(R"(["a"])");
  batch.row("t", R"({"a":null,"b":7})", Op::update).key_fields = fields;
  CHECK(outcome(bench.store().apply(batch.batch)) == "applied");
  CHECK(bench.text("SELECT group_concat(ifnull(a, 'n') || b, ' ') FROM t") == "51 n7");
}

TEST_CASE("update without a primary key needs key fields") {
  StoreBench bench("CREATE TABLE t(a, b)");
  CHECK(outcome(bench.apply("t", R"({"a":1,"b":1})", Op::update)) ==
        "missing-key: cannot update a row of t: it has no primary key, and the entry names no key "
        "fields");
}

TEST_CASE("an update that a trigger ignores is applied") {
  StoreBench bench("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES(1, 1);"
                   "CREATE TRIGGER no BEFORE UPDATE ON t BEGIN SELECT RAISE(IGNORE); END");
  CHECK(outcome(bench.apply("t", R"({"id":1,"a":2})", Op::update)) == "applied");
  CHECK(bench.number("SELECT a FROM t") == 1);
}

TEST_CASE("delete removes the row by its key and one that is not there is no error") {
  StoreBench bench("CREATE TABLE t(a, b, PRIMARY KEY(a, b)); INSERT INTO t VALUES(1, 1);"
                   "INSERT INTO t VALUES(1, 2)");
  CHECK(outcome(bench.apply("t", R"({"b":2,"a":1})", Op::erase)) == "applied");
  CHECK(outcome(bench.apply("t", R"({"b":2,"a":1})", Op::erase)) == "applied");
  CHECK(outcome(bench.apply("t", R"({"a":1})", Op::erase)) ==
        "missing-key: cannot delete a row of t: the data has no value for b");
  CHECK(bench.text("SELECT group_concat(a || b) FROM t") == "11");
}

TEST_CASE("delete ignores columns that are not in the key") {
  StoreBench bench("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES(1, 1, 1)");
  CHECK(outcome(bench.apply("t", R"({"a":7,"id":1,"b":8})", Op::erase)) == "applied");
  CHECK(bench.number("SELECT count(*) FROM t") == 0);
}

TEST_CASE("the origin fills source-menace-id when the data does not") {
  StoreBench bench("CREATE TABLE t(a, source_menace_id TEXT NOT NULL DEFAULT 'none')");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})").origin = "alpha";
  batch.row("t", R"({"a":2,"source_menace_id":"beta"})").origin = "alpha";
  batch.row("t", R"({"a":3})");
  batch.row("t", R"({"a":4})").origin = "gamma";
  CHECK(bench.store().apply(batch.batch).outcomes.applied == 4);
  CHECK(bench.text("SELECT group_concat(source_menace_id) FROM t ORDER BY a") ==
        "alpha,beta,none,gamma");
}

TEST_CASE("rows of different shapes and tables may alternate beyond the cached statements") {
  StoreBench bench;
  std::string columns = "c0";
  for (int i = 1; i < 200; ++i) {
    columns += ", c" + std::to_string(i);
  }
  bench.sql("CREATE TABLE wide(" + columns + ")");
  TestBatch batch = bench.next_batch();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 200; ++i) {
      batch.row("wide", "{\"c" + std::to_string(i) + "\":1}");
    }
  }
  CHECK(bench.store().apply(batch.batch).outcomes.applied == 400);
  CHECK(bench.number("SELECT sum(c0) + sum(c199) FROM wide") == 4);
}
