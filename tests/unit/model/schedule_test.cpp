#include "core/model/schedule.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace std::chrono_literals;

TEST_CASE("an interval ticks at its multiples since 1970") {
  const Schedule schedule(5s);
  CHECK(schedule.next(Instant(0s)) == Instant(5s));
  CHECK(schedule.next(Instant(4999999us)) == Instant(5s));
  CHECK(schedule.next(Instant(5s)) == Instant(10s));
  CHECK(schedule.next(Instant(-1us)) == Instant(0s));
  CHECK(schedule.next(Instant(-5s)) == Instant(0s));
  CHECK(schedule.is_tick(Instant(10s)));
  CHECK_FALSE(schedule.is_tick(Instant(11s)));
}

TEST_CASE("an interval longer than all time has one tick") {
  const Schedule schedule(Duration::max());
  CHECK(schedule.next(Instant(1s)) == Instant(Duration::max()));
  CHECK_FALSE(schedule.next(Instant(Duration::max())).has_value());
}

TEST_CASE("a cron expression ticks in its zone") {
  const Schedule schedule(Cron::parse("30 2 * * *"), TimeZone::utc());
  CHECK(schedule.next(Instant(0s)) == Instant(2h + 30min));
  CHECK(schedule.is_tick(Instant(26h + 30min)));
}
