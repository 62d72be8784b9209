#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

const std::string k_spool = "66f1c2d3a4b5c6d7";

// Two rows that break NOT NULL, and one for an unknown table.
void fail_three(StoreBench& bench) {
  TestBatch batch(1);
  batch.row("t", R"({"a":null})").id = "one";
  batch.row("nope", R"({"a":1})").id = "two";
  static_cast<void>(bench.store().apply(batch.batch));
  bench.clock.advance(std::chrono::seconds(10));
  TestBatch later(2);
  later.row("t", R"({"a":null, "b":1})").id = "one";
  static_cast<void>(bench.store().apply(later.batch));
}

} // namespace

TEST_CASE("dead letters are exported once with the size of the file that is known") {
  StoreBench bench("CREATE TABLE t(a NOT NULL, b)");
  fail_three(bench);
  SqliteStore& store = bench.store();
  DeadRows& rows = store.dead_rows();
  CHECK(rows.known_size(k_spool) == 0);
  CHECK(rows.unexported("0000000000000000", 100).empty());
  const std::vector<DeadRow> first = rows.unexported(k_spool, 2);
  REQUIRE(first.size() == 2);
  const std::vector<std::int64_t> ids = {first[0].id, first[1].id};
  store.write([&] { rows.mark_exported(ids, k_spool, 500); });
  CHECK(rows.known_size(k_spool) == 500);
  CHECK(rows.unexported(k_spool, 100).size() == 1);
  CHECK(rows.count(DeadState::dead) == 3);
}

TEST_CASE("dead letters are grouped by error and table") {
  StoreBench bench("CREATE TABLE t(a NOT NULL, b)");
  fail_three(bench);
  const std::vector<DeadGroup> groups = bench.store().dead_rows().groups({});
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].error == "NOT NULL constraint failed: t.a");
  CHECK(groups[0].table == "t");
  CHECK(groups[0].count == 2);
  CHECK(groups[0].last_at - groups[0].first_at == std::chrono::seconds(10));
  CHECK(groups[0].sample == R"({"a":null, "b":1})");
  CHECK(groups[1].error == "no such table: nope");
}

TEST_CASE("dead letters are chosen by table and part of the error") {
  StoreBench bench("CREATE TABLE t(a NOT NULL, b)");
  fail_three(bench);
  DeadRows& rows = bench.store().dead_rows();
  CHECK(rows.list({.table = "t", .error = {}, .limit = 0}).size() == 2);
  CHECK(rows.list({.table = {}, .error = "not null", .limit = 0}).size() == 2);
  CHECK(rows.list({.table = "t", .error = "such", .limit = 0}).empty());
  CHECK(rows.list({.table = {}, .error = {}, .limit = 1}).size() == 1);
}

TEST_CASE("replayed and discarded letters are dead no longer") {
  StoreBench bench("CREATE TABLE t(a NOT NULL, b)");
  fail_three(bench);
  SqliteStore& store = bench.store();
  DeadRows& rows = store.dead_rows();
  store.write([&] {
    CHECK(rows.mark(SegmentId{k_spool, 1}, 0, DeadState::replayed));
    CHECK_FALSE(rows.mark(SegmentId{k_spool, 1}, 0, DeadState::discarded));
    CHECK_FALSE(rows.mark(SegmentId{k_spool, 9}, 0, DeadState::replayed));
    CHECK(rows.mark(SegmentId{k_spool, 2}, 0, DeadState::discarded));
  });
  CHECK(rows.count(DeadState::dead) == 1);
  CHECK(rows.count(DeadState::replayed) == 1);
  CHECK(rows.count(DeadState::discarded) == 1);
  CHECK(rows.list({}).size() == 1);
  CHECK(rows.unexported(k_spool, 100).size() == 1);
}

TEST_CASE("the newest dead letter of an entry is found by its id") {
  StoreBench bench("CREATE TABLE t(a NOT NULL, b)");
  fail_three(bench);
  DeadRows& rows = bench.store().dead_rows();
  const auto found = rows.find_entry("one");
  REQUIRE(found.has_value());
  CHECK(found->place.segment.sequence == 2);
  CHECK(found->state == DeadState::dead);
  CHECK_FALSE(rows.find_entry("three").has_value());
  CHECK_FALSE(rows.find_entry("").has_value());
}
