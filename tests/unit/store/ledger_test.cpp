#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

const std::string k_spool = "66f1c2d3a4b5c6d7";

Slice slice(std::uint64_t sequence, Bytes begin, Bytes end, std::uint64_t before,
            std::uint64_t after) {
  Slice made;
  made.segment = SegmentId{k_spool, sequence};
  made.begin = begin;
  made.end = end;
  made.digest_before = before;
  made.digest_after = after;
  return made;
}

void fold(StoreBench& bench, std::initializer_list<std::uint64_t> sequences) {
  std::vector<SegmentId> segments;
  for (const std::uint64_t sequence : sequences) {
    segments.push_back(SegmentId{k_spool, sequence});
  }
  bench.store().fold(segments);
}

std::string intervals(StoreBench& bench) {
  return bench.text("SELECT ifnull(group_concat(first || '-' || last, ' '), '') FROM "
                    "(SELECT first, last FROM menacedb_settled ORDER BY first)");
}

} // namespace

TEST_CASE("an unknown segment is decided up to zero") {
  StoreBench bench;
  const Position position = bench.store().ledger().position(SegmentId{k_spool, 7});
  CHECK(position.offset == 0);
  CHECK(position.digest == 0);
  CHECK_FALSE(position.is_settled);
}

TEST_CASE("a segment advances only from where it stands") {
  StoreBench bench;
  Ledger& ledger = bench.store().ledger();
  const auto advance = [&](const Slice& one) {
    return ledger.advance(std::span(&one, 1), bench.clock.now());
  };
  const std::uint64_t high = 0xfedcba9876543210;
  CHECK_FALSE(advance(slice(1, 5, 10, 0, 1))); // nobody has decided the first five bytes
  CHECK(advance(slice(1, 0, 10, 0, high)));
  CHECK_FALSE(advance(slice(1, 0, 10, 0, high)));
  CHECK_FALSE(advance(slice(1, 10, 20, 3, 4))); // other bytes before the offset
  CHECK(advance(slice(1, 10, 20, high, 4)));
  CHECK(ledger.position(SegmentId{k_spool, 1}).offset == 20);
  CHECK(ledger.position(SegmentId{k_spool, 1}).digest == 4);
}

TEST_CASE("slices of one segment in one batch follow each other") {
  StoreBench bench;
  const std::vector<Slice> slices = {slice(1, 0, 10, 0, 3), slice(1, 10, 30, 3, 5)};
  CHECK(bench.store().ledger().advance(slices, bench.clock.now()));
  CHECK(bench.store().ledger().has_reached(std::span(slices).subspan(1)));
}

TEST_CASE("settled segments merge with their neighbours") {
  StoreBench bench;
  fold(bench, {5});
  CHECK(intervals(bench) == "5-5");
  fold(bench, {7, 3});
  CHECK(intervals(bench) == "3-3 5-5 7-7");
  fold(bench, {4});
  CHECK(intervals(bench) == "3-5 7-7");
  fold(bench, {6});
  CHECK(intervals(bench) == "3-7");
  fold(bench, {2, 8, 5, 3});
  CHECK(intervals(bench) == "2-8");
}

TEST_CASE("a settled segment is over and its row is gone") {
  StoreBench bench;
  Ledger& ledger = bench.store().ledger();
  const Slice whole = slice(4, 0, 10, 0, 3);
  REQUIRE(ledger.advance(std::span(&whole, 1), bench.clock.now()));
  fold(bench, {4});
  CHECK(ledger.position(SegmentId{k_spool, 4}).is_settled);
  CHECK_FALSE(ledger.position(SegmentId{k_spool, 3}).is_settled);
  CHECK_FALSE(ledger.position(SegmentId{k_spool, 5}).is_settled);
  CHECK_FALSE(ledger.position(SegmentId{"0000000000000000", 4}).is_settled);
  CHECK_FALSE(ledger.advance(std::span(&whole, 1), bench.clock.now()));
  CHECK(bench.number("SELECT count(*) FROM menacedb_ledger") == 0);
}

TEST_CASE("the ledger counts entries") {
  StoreBench bench("CREATE TABLE t(a)");
  TestBatch batch(9);
  batch.row("t", R"({"a":1})");
  batch.row("t", R"({"b":1})");
  static_cast<void>(bench.store().apply(batch.batch));
  CHECK(bench.number("SELECT entries FROM menacedb_ledger WHERE segment = 9") == 2);
}

TEST_CASE("a ledger takes over what another one knows") {
  StoreBench bench;
  fold(bench, {1, 2, 6});
  Ledger& ledger = bench.store().ledger();
  bench.store().write([&] { REQUIRE(ledger.advance(std::vector{slice(4, 0, 10, 0, 5)}, {})); });
  SpoolPosition known;
  known.spool = k_spool;
  known.settled = {{3, 4}, {9, 10}};
  known.under_way = {{6, 99, 1}, {7, 20, 3}, {8, 0, 0}};
  bench.store().write([&] { ledger.adopt(known); });
  CHECK(intervals(bench) == "1-4 6-6 9-10");
  CHECK(ledger.position({k_spool, 6}).offset == 0); // was over, and stays so
  CHECK(ledger.position({k_spool, 7}).offset == 20);
  CHECK(ledger.position({k_spool, 7}).digest == 3);
  bench.store().write([&] { ledger.adopt(known); });
  CHECK(intervals(bench) == "1-4 6-6 9-10");
  SpoolPosition bridge;
  bridge.spool = k_spool;
  bridge.settled = {{5, 9}};
  bench.store().write([&] { ledger.adopt(bridge); });
  CHECK(intervals(bench) == "1-10");

  const std::vector<SpoolPosition> positions = ledger.positions();
  REQUIRE(positions.size() == 1);
  CHECK(positions[0].spool == k_spool);
  REQUIRE(positions[0].settled.size() == 1);
  CHECK(positions[0].settled[0].last == 10);
  CHECK(positions[0].under_way.empty()); // 7 and 8 were covered by the bridge
}
