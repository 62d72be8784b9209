#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

struct GrowthBench : StoreBench {
  explicit GrowthBench(Growth growth = {.creates = true, .alters = true}) {
    options.growth = [growth](std::string_view table) { return table == "t" ? growth : Growth(); };
  }
  std::string columns() {
    return text("SELECT group_concat(name || ' ' || type, ', ') FROM pragma_table_info('t')");
  }
  std::string apply_all(std::initializer_list<const char*> rows) {
    TestBatch batch = next_batch();
    for (const char* const row : rows) {
      batch.row("t", row);
    }
    return outcome(store().apply(batch.batch), rows.size() - 1);
  }
};

} // namespace

TEST_CASE("a missing table is made with the types of all rows of the batch") {
  GrowthBench bench;
  CHECK(bench.apply_all({R"({"a":1,"b":1,"c":true,"d":null,"e":"x","f":[1],"g":{"$blob":"YQ=="}})",
                         R"({"a":2,"b":1.5,"c":1,"d":2,"e":1,"h":null})"}) == "applied");
  CHECK(bench.columns() ==
        "a INTEGER, b FLOAT, c INTEGER, d INTEGER, e TEXT, f TEXT, g BLOB, h TEXT");
  CHECK(bench.number("SELECT count(*) FROM t") == 2);
}

TEST_CASE("missing columns are added and others left alone") {
  GrowthBench bench;
  bench.sql("CREATE TABLE t(a)");
  CHECK(bench.apply_all({R"({"A":1,"b":"x"})", R"({"B":1,"c":2})"}) == "applied");
  CHECK(bench.columns() == "a , b TEXT, c INTEGER");
}

TEST_CASE("nothing is made that the settings do not allow") {
  GrowthBench none(Growth{});
  CHECK(none.apply_all({R"({"a":1})"}).starts_with("table-missing"));
  GrowthBench alters(Growth{.creates = false, .alters = true});
  CHECK(alters.apply_all({R"({"a":1})"}).starts_with("table-missing"));
  GrowthBench creates(Growth{.creates = true, .alters = false});
  CHECK(creates.apply_all({R"({"a":1})"}) == "applied");
  CHECK(creates.apply_all({R"({"b":1})"}) != "applied");
  CHECK(outcome(creates.apply("other", R"({"a":1})")).starts_with("table-missing"));
}

TEST_CASE("entries that are refused dropped or not due make nothing") {
  GrowthBench bench;
  TestBatch batch = bench.next_batch();
  batch.batch.destinations.push_back({Destination::Kind::refused, {}, {"table-denied", "no"}});
  batch.batch.destinations.push_back({Destination::Kind::dropped, {}, {"dropped", "no"}});
  batch.row("t", R"({"a":1})").destination = 1;
  batch.row("t", R"({"a":1})").destination = 2;
  batch.row("t", R"({"a":1})").not_before = bench.clock.now() + std::chrono::hours(1);
  batch.row("t", R"({"a":1})", Op::update);
  batch.row("t", R"({"a":1})", Op::upsert); // would have no key to go by
  static_cast<void>(bench.store().apply(batch.batch));
  CHECK(bench.number("SELECT count(*) FROM sqlite_master WHERE name = 't'") == 0);
}

TEST_CASE("names that are no plain words are not made") {
  GrowthBench bench;
  CHECK(bench.apply_all({R"({"a":1,"x; DROP TABLE t":1})"}) != "applied");
  CHECK(bench.apply_all({R"({"a":1,"quote\"d":1})"}) != "applied");
  CHECK(bench.apply_all({R"({"a":1,"":1})"}) != "applied");
  CHECK(bench.apply_all({R"({"a":1,"content_hash":"x"})"}) != "applied");
  CHECK(bench.number("SELECT count(*) FROM sqlite_master WHERE name = 't'") == 0);
  CHECK(bench.apply_all({R"({"a b":1,"b":1})", R"({"a":1})"}) == "applied");
  CHECK(bench.columns() == "a INTEGER"); // nothing of the row that fails
  bench.options.growth = [](std::string_view) { return Growth{true, true}; };
  bench.close();
  CHECK(outcome(bench.apply("sqlite_x", R"({"a":1})")) != "applied");
  CHECK(outcome(bench.apply("menacedb_dead", R"({"a":1})")) != "applied");
  CHECK(outcome(bench.apply("a b", R"({"a":1})")) != "applied");
}

TEST_CASE("a whole number beyond 64 bits makes nothing") {
  GrowthBench bench;
  CHECK(bench.apply_all({R"({"a":1180591620717411303424})"}) != "applied");
  CHECK(bench.number("SELECT count(*) FROM sqlite_master WHERE name = 't'") == 0);
}

TEST_CASE("the number of columns is bounded") {
  GrowthBench bench;
  std::string row = R"({"a":1)";
  for (int i = 0; i < 300; ++i) {
    row += fmt::format(R"(,"c{}":1)", i);
  }
  CHECK(bench.apply_all({row.append("}").c_str()}) != "applied");
  CHECK(bench.number("SELECT count(*) FROM sqlite_master WHERE name = 't'") == 0);
  row = R"({"c0":1)";
  for (int i = 1; i < 200; ++i) {
    row += fmt::format(R"(,"c{}":1)", i);
  }
  CHECK(bench.apply_all({row.append("}").c_str()}) == "applied");
  CHECK(bench.number("SELECT count(*) FROM pragma_table_info('t')") == 200);
  CHECK(bench.apply_all({R"({"c0":1,"one_more":1})"}) != "applied");
}

TEST_CASE("a table comes with its first rows or not at all") {
  GrowthBench bench;
  bench.store();
  bench.fs.on_step = [](Step step) {
    if (step == Step::commit_before) {
      throw std::runtime_error("power cut");
    }
  };
  CHECK_THROWS(static_cast<void>(bench.apply("t", R"({"a":1})")));
  bench.fs.on_step = nullptr;
  CHECK(bench.number("SELECT count(*) FROM sqlite_master WHERE name = 't'") == 0);
  bench.sql("CREATE TABLE t(b)"); // the schema has the number again that was rolled back
  CHECK(outcome(bench.apply("t", R"({"b":1})")) == "applied");
  CHECK(bench.columns() == "b ");
}

TEST_CASE("what cannot be made makes the row fail and not the batch") {
  GrowthBench bench;
  bench.sql("CREATE TABLE u(a)");
  bench.sql("CREATE INDEX t ON u(a)");
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})");
  batch.row("u", R"({"a":1})");
  const Applied applied = bench.store().apply(batch.batch);
  CHECK(outcome(applied, 0).starts_with("table-missing"));
  CHECK(outcome(applied, 1) == "applied");
}

TEST_CASE("what a group that is given up has made is forgotten") {
  GrowthBench bench;
  {
    SqliteStore::Group group(bench.store());
    for (int i = 0; i < 2; ++i) {
      TestBatch batch = bench.next_batch();
      batch.row("t", R"({"a":1})");
      CHECK(outcome(group.apply(batch.batch)) == "applied");
    }
  }
  bench.sql("CREATE TABLE t(b)"); // the schema has the number again that was rolled back
  CHECK(outcome(bench.apply("t", R"({"b":1})")) == "applied");
  CHECK(bench.columns() == "b ");
}

TEST_CASE("views and virtual tables get no columns") {
  GrowthBench bench;
  bench.sql("CREATE TABLE u(a)");
  bench.sql("CREATE VIEW t AS SELECT a FROM u");
  CHECK(bench.apply_all({R"({"a":1,"b":2})"}) != "applied");
  CHECK(bench.columns() == "a ");
}

TEST_CASE("a rehearsal makes nothing") {
  GrowthBench bench;
  TestBatch batch = bench.next_batch();
  batch.row("t", R"({"a":1})");
  batch.batch.is_rehearsal = true;
  CHECK(outcome(bench.store().apply(batch.batch)) == "applied");
  CHECK(bench.number("SELECT count(*) FROM sqlite_master WHERE name = 't'") == 0);
}

TEST_CASE("two stores and another program that make the same table agree") {
  GrowthBench bench;
  const auto other = bench.open();
  TestBatch early(1000);
  early.row("t", R"({"b":1,"c":2})");
  CHECK(bench.apply_all({R"({"a":1,"b":2})"}) == "applied");
  CHECK(outcome(other->apply(early.batch)) == "applied"); // knew of no table
  CHECK(bench.apply_all({R"({"d":1,"b":2})"}) == "applied");
  bench.sql("ALTER TABLE t ADD COLUMN e");
  TestBatch late(1001);
  late.row("t", R"({"e":1,"b":1})");
  CHECK(outcome(other->apply(late.batch)) == "applied");
  CHECK(bench.columns() == "a INTEGER, b INTEGER, c INTEGER, d INTEGER, e ");
  CHECK(bench.number("SELECT sum(b) FROM t") == 6);
}
