#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

// Of {"name": "a"}, by CONTRACTS 1.1.
constexpr const char* k_hash_begin = "278ce8dfc5e512d8";

} // namespace

TEST_CASE("a table with a unique content-hash takes a row once") {
  StoreBench bench("CREATE TABLE bots(id INTEGER PRIMARY KEY, name, content_hash TEXT UNIQUE)");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "applied");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "duplicate");
  CHECK(outcome(bench.apply("bots", R"({"name":"b"})")) == "applied");
  CHECK(bench.text("SELECT substr(content_hash, 1, 16) FROM bots WHERE id = 1") == k_hash_begin);
  CHECK(bench.number("SELECT count(*) FROM bots") == 2);
}

TEST_CASE("rows of one batch are compared with each other too") {
  StoreBench bench("CREATE TABLE bots(name, content_hash TEXT UNIQUE)");
  TestBatch batch = bench.next_batch();
  batch.row("bots", R"({"name":"a"})");
  batch.row("bots", R"({"name":"a"})");
  const Applied applied = bench.store().apply(batch.batch);
  CHECK(outcome(applied, 0) == "applied");
  CHECK(outcome(applied, 1) == "duplicate");
}

TEST_CASE("a content-hash in the data is replaced by ours") {
  StoreBench bench("CREATE TABLE bots(name, content_hash TEXT UNIQUE)");
  TestBatch batch = bench.next_batch();
  const std::uint32_t fields = batch.list(R"(["name"])");
  batch.row("bots", R"({"name":"a","content_hash":"mine"})").hash_fields = fields;
  CHECK(outcome(bench.store().apply(batch.batch)) == "applied");
  CHECK(bench.text("SELECT substr(content_hash, 1, 16) FROM bots") == k_hash_begin);
}

TEST_CASE("only the hash fields count") {
  StoreBench bench("CREATE TABLE bots(name, size, content_hash TEXT UNIQUE)");
  for (const char* data : {R"({"name":"a","size":1})", R"({"name":"a","size":2})"}) {
    TestBatch batch = bench.next_batch();
    const std::uint32_t fields = batch.list(R"(["name"])");
    batch.row("bots", data).hash_fields = fields;
    static_cast<void>(bench.store().apply(batch.batch));
  }
  CHECK(bench.number("SELECT group_concat(size) FROM bots") == 1);
}

TEST_CASE("a hash field that the data lacks is named") {
  StoreBench bench("CREATE TABLE bots(name, content_hash TEXT UNIQUE)");
  TestBatch batch = bench.next_batch();
  const std::uint32_t fields = batch.list(R"(["z","name","b"])");
  batch.row("bots", R"({"name":"a"})").hash_fields = fields;
  CHECK(outcome(bench.store().apply(batch.batch)) ==
        "hash-fields: Missing fields for hashing: b, z");
}

TEST_CASE("a row with a known hash is a duplicate whatever else it breaks") {
  StoreBench bench("CREATE TABLE bots(name UNIQUE, size NOT NULL, content_hash TEXT UNIQUE)");
  CHECK(outcome(bench.apply("bots", R"({"name":"a","size":1})")) == "applied");
  CHECK(outcome(bench.apply("bots", R"({"name":"a","size":1})")) == "duplicate");
  CHECK(outcome(bench.apply("bots", R"({"name":"a","size":2})")) ==
        "constraint-unique: UNIQUE constraint failed: bots.name");
}

TEST_CASE("content-hash without a unique index is looked up") {
  StoreBench bench("CREATE TABLE bots(name, content_hash TEXT);"
                   "CREATE UNIQUE INDEX part ON bots(content_hash) WHERE name = 'z'");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "applied");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "duplicate");
}

TEST_CASE("an insert that a trigger ignores is not taken for a duplicate") {
  StoreBench bench("CREATE TABLE bots(name, content_hash TEXT UNIQUE);"
                   "CREATE TRIGGER no BEFORE INSERT ON bots WHEN new.name = 'x' "
                   "BEGIN SELECT RAISE(IGNORE); END");
  CHECK(outcome(bench.apply("bots", R"({"name":"x"})")) == "applied");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "applied");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "duplicate");
}

TEST_CASE("a deleted row comes back when it is queued again") {
  StoreBench bench("CREATE TABLE bots(name, content_hash TEXT UNIQUE)");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "applied");
  bench.sql("DELETE FROM bots");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "applied");
}

TEST_CASE("dedup none takes every row with the content-hash it brings") {
  StoreBench bench;
  bench.options.dedup = [](std::string_view) { return Dedup{DedupKind::none, {}}; };
  bench.sql("CREATE TABLE bots(name, content_hash TEXT)");
  CHECK(outcome(bench.apply("bots", R"({"name":"a","content_hash":"mine"})")) == "applied");
  CHECK(outcome(bench.apply("bots", R"({"name":"a","content_hash":"mine"})")) == "applied");
  CHECK(bench.text("SELECT group_concat(content_hash) FROM bots") == "mine,mine");
}

TEST_CASE("dedup content remembers hashes beside a table without the column") {
  StoreBench bench;
  bench.options.dedup = [](std::string_view) { return Dedup{DedupKind::content, {}}; };
  bench.sql("CREATE TABLE bots(name NOT NULL, size); CREATE TABLE cars(name, size)");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "applied");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "duplicate");
  CHECK(outcome(bench.apply("Bots", R"({"name":"a"})")) == "duplicate");
  CHECK(outcome(bench.apply("cars", R"({"name":"a"})")) == "applied");
  // What failed is not remembered.
  CHECK(outcome(bench.apply("bots", R"({"name":null})")) ==
        "constraint-notnull: NOT NULL constraint failed: bots.name");
  bench.sql("DROP TABLE bots; CREATE TABLE bots(name, size)");
  CHECK(outcome(bench.apply("bots", R"({"name":null})")) == "applied");
}

TEST_CASE("dedup content lets a row that was deleted or changed come back") {
  StoreBench bench;
  bench.options.dedup = [](std::string_view) { return Dedup{DedupKind::content, {}}; };
  bench.sql("CREATE TABLE bots(name TEXT, size)");
  const char* const row = R"({"name":7,"size":null})"; // stored as text
  CHECK(outcome(bench.apply("bots", row)) == "applied");
  CHECK(outcome(bench.apply("bots", row)) == "duplicate");
  bench.sql("DELETE FROM bots");
  CHECK(outcome(bench.apply("bots", row)) == "applied");
  CHECK(outcome(bench.apply("bots", row)) == "duplicate");
  bench.sql("DELETE FROM bots; INSERT INTO bots(rowid, name) VALUES(1, 'another in its place')");
  CHECK(outcome(bench.apply("bots", row)) == "applied");
  CHECK(outcome(bench.apply("bots", row)) == "duplicate");
  CHECK(bench.number("SELECT count(*) FROM bots") == 2);
}

TEST_CASE("dedup content compares only what was hashed and nothing that triggers may change") {
  StoreBench bench;
  bench.options.dedup = [](std::string_view) { return Dedup{DedupKind::content, {}}; };
  bench.sql("CREATE TABLE bots(name, size); CREATE TABLE cars(name);"
            "CREATE TRIGGER up AFTER INSERT ON cars BEGIN "
            "UPDATE cars SET name = upper(name) WHERE rowid = new.rowid; END");
  for (const auto& [size, expected] : {std::pair{"1", "applied"}, {"2", "duplicate"}}) {
    TestBatch batch = bench.next_batch();
    const std::uint32_t fields = batch.list(R"(["name"])");
    batch.row("bots", std::string(R"({"name":"a","size":)") + size + "}").hash_fields = fields;
    CHECK(outcome(bench.store().apply(batch.batch)) == expected);
  }
  CHECK(outcome(bench.apply("cars", R"({"name":"a"})")) == "applied");
  CHECK(outcome(bench.apply("cars", R"({"name":"a"})")) == "duplicate");
  bench.sql("DELETE FROM cars");
  CHECK(outcome(bench.apply("cars", R"({"name":"a"})")) == "applied");
}

TEST_CASE("dedup content knows rows of tables without rowids by their hash alone") {
  StoreBench bench;
  bench.options.dedup = [](std::string_view) { return Dedup{DedupKind::content, {}}; };
  bench.sql("CREATE TABLE bots(name PRIMARY KEY) WITHOUT ROWID;"
            "CREATE TABLE cars(rowid, _rowid_, oid)");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "applied");
  CHECK(outcome(bench.apply("bots", R"({"name":"a"})")) == "duplicate");
  CHECK(outcome(bench.apply("cars", R"({"oid":"a"})")) == "applied");
  CHECK(outcome(bench.apply("cars", R"({"oid":"a"})")) == "duplicate");
}

TEST_CASE("dedup by columns inserts what is absent and finds NULL and defaults") {
  StoreBench bench;
  bench.options.dedup = [](std::string_view) { return Dedup{DedupKind::columns, {"A", "b"}}; };
  bench.sql("CREATE TABLE t(a INTEGER, b DEFAULT 'x', c)");
  CHECK(outcome(bench.apply("t", R"({"a":1,"c":1})")) == "applied");
  CHECK(outcome(bench.apply("t", R"({"a":1,"b":"x","c":2})")) == "duplicate");
  CHECK(outcome(bench.apply("t", R"({"a":1,"b":null})")) == "applied");
  CHECK(outcome(bench.apply("t", R"({"a":1,"b":null})")) == "duplicate");
  CHECK(bench.number("SELECT count(*) FROM t") == 2);
}

TEST_CASE("dedup by a column that is not there is said of each row") {
  StoreBench bench;
  bench.options.dedup = [](std::string_view) { return Dedup{DedupKind::columns, {"z"}}; };
  bench.sql("CREATE TABLE t(a)");
  CHECK(outcome(bench.apply("t", R"({"a":1})")) ==
        "column-unknown: table t has no column named z, by which it is deduplicated");
}
