#include "core/engine/pace.hpp"
#include "tests/support/fake_clock.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

TEST_CASE("batches shrink until the write lock is held no longer than allowed") {
  FakeClock clock;
  Pace pace(clock, 15ms, 1u << 20);
  for (int i = 0; i < 30; ++i) { // a database that takes 1 us per byte
    pace.note(pace.batch_bytes(), Duration(static_cast<std::int64_t>(pace.batch_bytes())), 1);
  }
  CHECK(pace.batch_bytes() >= 14000);
  CHECK(pace.batch_bytes() <= 16u << 10);
}

TEST_CASE("batches grow up to the configured size on a fast database") {
  FakeClock clock;
  Pace pace(clock, 15ms, 1u << 20);
  for (int i = 0; i < 30; ++i) {
    pace.note(pace.batch_bytes(), 1ms, 1);
  }
  CHECK(pace.batch_bytes() == 1u << 20);
}

TEST_CASE("a trickle of small batches does not change the size of large ones") {
  FakeClock clock;
  Pace pace(clock, 15ms, 1u << 20);
  const Bytes before = pace.batch_bytes();
  pace.note(100, 10ms, 1); // a sync is slow whatever it syncs
  CHECK(pace.batch_bytes() == before);
}

TEST_CASE("a drain alone at its database does not rest") {
  FakeClock clock;
  Pace pace(clock, 15ms, 1u << 20);
  pace.note(1u << 20, 15ms, 7);
  pace.rest();
  pace.note(1u << 20, 15ms, 7);
  pace.rest();
  CHECK(clock.slept() == 0ms);
}

TEST_CASE("a drain that sees foreign commits leaves the lock free for a share of the time") {
  FakeClock clock;
  Pace pace(clock, 15ms, 1u << 20);
  pace.note(1u << 20, 15ms, 7);
  pace.note(1u << 20, 15ms, 8);
  pace.rest();
  CHECK(clock.slept() == 9ms);
}

TEST_CASE("time spent on reading the next batch counts as rest") {
  FakeClock clock;
  Pace pace(clock, 15ms, 1u << 20);
  pace.note(1u << 20, 15ms, 7);
  pace.note(1u << 20, 15ms, 8);
  clock.advance(8ms);
  pace.rest();
  CHECK(clock.slept() == 1ms);
}

TEST_CASE("foreign commits are forgotten after a while") {
  FakeClock clock;
  Pace pace(clock, 15ms, 1u << 20);
  pace.note(1u << 20, 15ms, 7);
  pace.note(1u << 20, 15ms, 8);
  clock.advance(3s);
  pace.note(1u << 20, 15ms, 8);
  pace.rest();
  CHECK(clock.slept() == 0ms);
}
