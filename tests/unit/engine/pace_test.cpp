#include "core/engine/drain/pace.hpp"
#include "tests/support/fake_clock.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;
using namespace std::chrono_literals;

namespace {

// A database that takes one microsecond for four bytes.
Duration time_for(Bytes bytes) {
  return Duration(static_cast<std::int64_t>(bytes / 4));
}

struct PaceTest {
  // Long enough at work, and nobody else was seen.
  void find_alone() {
    pace.rest();
    clock.advance(100ms);
  }

  FakeClock clock;
  Pace pace{clock, 15ms, 1u << 20};
};

} // namespace

TEST_CASE_FIXTURE(
    PaceTest,
    "beside other writers batches shrink until the write lock is held as long as allowed") {
  for (int i = 0; i < 30; ++i) {
    pace.note(pace.batch_bytes(), time_for(pace.batch_bytes()), i);
  }
  CHECK(time_for(pace.batch_bytes()) >= 14ms);
  CHECK(time_for(pace.batch_bytes()) <= 15ms);
}

TEST_CASE_FIXTURE(PaceTest, "a drain that is alone takes ten times as long") {
  find_alone();
  for (int i = 0; i < 30; ++i) {
    pace.note(pace.batch_bytes(), time_for(pace.batch_bytes()), 1);
  }
  CHECK(time_for(pace.batch_bytes()) >= 149ms);
  CHECK(time_for(pace.batch_bytes()) <= 150ms);
}

TEST_CASE_FIXTURE(PaceTest,
                  "a drain that is alone may group batches up to four of the largest size") {
  find_alone();
  for (int i = 0; i < 30; ++i) {
    pace.note(pace.batch_bytes(), 1ms, 1);
  }
  CHECK(pace.may_group());
  CHECK(pace.may_join(3u << 20, 1ms));
  CHECK_FALSE(pace.may_join((3u << 20) + 1, 1ms));
  CHECK(pace.may_join(1u << 20, 449ms));
  CHECK_FALSE(pace.may_join(1u << 20, 450ms));
}

TEST_CASE_FIXTURE(PaceTest, "the first foreign commit ends the groups") {
  find_alone();
  pace.note(1u << 20, 1ms, 1);
  CHECK(pace.may_group());
  pace.note(1u << 20, 1ms, 2);
  CHECK_FALSE(pace.may_group());
  clock.advance(2min);
  find_alone();
  CHECK(pace.may_group());
}

TEST_CASE_FIXTURE(PaceTest,
                  "after a lost group batches go one by one for a while and longer each time") {
  find_alone();
  const auto singles = [&] {
    pace.note_lost_group();
    int count = 0;
    for (; !pace.may_group(); ++count) {
      pace.note(1u << 20, 1ms, 1);
    }
    return count;
  };
  const int first = singles();
  CHECK(first > 1);
  CHECK(singles() == 2 * first);
}

TEST_CASE_FIXTURE(PaceTest, "the first foreign commit makes the very next batch a short one") {
  find_alone();
  for (int i = 0; i < 30; ++i) {
    pace.note(pace.batch_bytes(), time_for(pace.batch_bytes()), 1);
  }
  pace.note(pace.batch_bytes(), time_for(pace.batch_bytes()), 2);
  CHECK(time_for(pace.batch_bytes()) <= 15ms);
}

TEST_CASE_FIXTURE(PaceTest, "batches grow up to the configured size on a fast database") {
  for (int i = 0; i < 30; ++i) {
    pace.note(pace.batch_bytes(), 1ms, 1);
  }
  CHECK(pace.batch_bytes() == 1u << 20);
}

TEST_CASE_FIXTURE(PaceTest, "a trickle of small batches does not change the size of large ones") {
  const Bytes before = pace.batch_bytes();
  pace.note(100, 10ms, 1); // a sync is slow whatever it syncs
  CHECK(pace.batch_bytes() == before);
}

TEST_CASE_FIXTURE(PaceTest, "a drain begins as if it were not alone") {
  pace.rest();
  CHECK_FALSE(pace.may_group());
  pace.note(1u << 20, 15ms, 7);
  pace.rest();
  CHECK(clock.slept() == 9ms);
  clock.advance(91ms);
  CHECK(pace.may_group());
}

TEST_CASE_FIXTURE(
    PaceTest,
    "a drain that has found itself alone leaves the lock free for a twentieth of the time") {
  find_alone();
  pace.note(1u << 20, 400ms, 7);
  pace.rest();
  CHECK(clock.slept() == 20ms);
}

TEST_CASE_FIXTURE(PaceTest, "after a pause a drain looks again whether it is alone") {
  find_alone();
  pace.note(1u << 20, 15ms, 7);
  clock.advance(2s);
  pace.rest();
  CHECK_FALSE(pace.may_group());
  CHECK(clock.slept() == 0ms);
}

TEST_CASE_FIXTURE(PaceTest, "small batches need no rest before others were seen") {
  pace.rest();
  pace.note(1000, 15ms, 7);
  pace.rest();
  CHECK(clock.slept() == 0ms);
}

TEST_CASE_FIXTURE(
    PaceTest, "a drain that sees foreign commits leaves the lock free for a share of the time") {
  find_alone();
  pace.note(1u << 20, 15ms, 7);
  pace.note(1u << 20, 15ms, 8);
  pace.rest();
  CHECK(clock.slept() == 9ms);
}

TEST_CASE_FIXTURE(PaceTest, "time spent on reading the next batch counts as rest") {
  find_alone();
  pace.note(1u << 20, 15ms, 7);
  pace.note(1u << 20, 15ms, 8);
  clock.advance(8ms);
  pace.rest();
  CHECK(clock.slept() == 1ms);
}

TEST_CASE_FIXTURE(PaceTest, "foreign commits are forgotten after a while") {
  find_alone();
  pace.note(1u << 20, 15ms, 7);
  pace.note(1u << 20, 15ms, 8);
  CHECK_FALSE(pace.may_group());
  for (int i = 0; i < 61; ++i) {
    clock.advance(1s);
    pace.note(1u << 20, 15ms, 8);
  }
  CHECK(pace.may_group());
}
