#include "tests/unit/store/store_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

constexpr const char* k_count =
    "SELECT count(*) FROM menacedb_stats WHERE name GLOB 'generation:*'";

} // namespace

TEST_CASE("what a generation decided is counted in the transaction that decides") {
  StoreBench bench("CREATE TABLE t(a)");
  bench.store().stats().set_generation("2026/1/aa");
  TestBatch batch(1);
  batch.row("t", R"({"a":1})");
  batch.row("missing", R"({"a":1})");
  batch.row("t", R"({"a":2})").not_before = bench.clock.now() + std::chrono::hours(1);
  static_cast<void>(bench.store().apply(batch.batch));
  static_cast<void>(bench.store().apply(batch.batch)); // lost: not counted again
  CHECK(bench.number("SELECT value FROM menacedb_stats WHERE name = 'generation:2026/1/aa'") == 2);
}

TEST_CASE("without a generation none is recorded") {
  StoreBench bench("CREATE TABLE t(a)");
  TestBatch batch(1);
  batch.row("t", R"({"a":1})");
  static_cast<void>(bench.store().apply(batch.batch));
  CHECK(bench.number(k_count) == 0);
}

TEST_CASE("only the newest generations are remembered") {
  StoreBench bench("CREATE TABLE t(a)");
  bench.store().write([&] {
    for (int i = 0; i < 1500; ++i) {
      bench.store().stats().set_generation(fmt::format("{:04}", i));
      bench.store().stats().add_decided(1);
    }
  });
  bench.close();
  bench.store().stats().set_generation("2000");
  TestBatch batch(1);
  batch.row("t", R"({"a":1})");
  static_cast<void>(bench.store().apply(batch.batch));
  CHECK(bench.number(k_count) == static_cast<std::int64_t>(StatsRows::k_generations));
  CHECK(bench.number("SELECT count(*) FROM menacedb_stats WHERE name = 'generation:2000'") == 1);
  CHECK(bench.number("SELECT count(*) FROM menacedb_stats WHERE name = 'generation:0500'") == 0);
}
