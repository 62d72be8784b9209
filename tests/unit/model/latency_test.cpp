#include "core/model/latency.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using namespace menacedb;
using namespace std::chrono_literals;

TEST_CASE("every duration lies in the bucket that begins at or before it") {
  for (std::int64_t value = 0; value < (std::int64_t{1} << 41); value += 1 + value / 37) {
    const std::size_t bucket = LatencyHistogram::bucket_of(Duration(value));
    REQUIRE(LatencyHistogram::begin_of(bucket).count() <= value);
    REQUIRE(LatencyHistogram::begin_of(bucket + 1).count() > value);
  }
}

TEST_CASE("durations beyond all buckets are in the last one and negative ones in the first") {
  CHECK(LatencyHistogram::bucket_of(Duration::max()) == LatencyHistogram::k_buckets - 1);
  CHECK(LatencyHistogram::bucket_of(-1us) == 0);
}

TEST_CASE("quantiles are within a quarter of the true value") {
  LatencyHistogram histogram;
  for (int i = 1; i <= 10'000; ++i) {
    histogram.add(Duration(i * 100));
  }
  CHECK(histogram.count() == 10'000);
  CHECK(histogram.total() == Duration(100LL * 10'000 * 10'001 / 2));
  for (const double part : {0.01, 0.5, 0.95, 0.99, 1.0}) {
    const double expected = part * 1e6;
    const auto told = static_cast<double>(histogram.quantile(part).count());
    CAPTURE(part);
    CHECK(told >= expected * 0.75);
    CHECK(told <= expected * 1.25);
  }
}

TEST_CASE("the quantiles of nothing are zero and those of one value are its bucket") {
  LatencyHistogram histogram;
  CHECK(histogram.quantile(0.99) == Duration::zero());
  histogram.add(3us);
  CHECK(histogram.quantile(0) <= 4us);
  CHECK(histogram.quantile(0.5) == histogram.quantile(1));
}

TEST_CASE("merged histograms hold what both held") {
  LatencyHistogram a;
  LatencyHistogram b;
  LatencyHistogram both;
  for (int i = 0; i < 1000; ++i) {
    const Duration duration(i * i);
    (i % 3 == 0 ? a : b).add(duration);
    both.add(duration);
  }
  a.merge(b);
  CHECK(a == both);
}
