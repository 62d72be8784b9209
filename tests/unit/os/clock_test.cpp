#include "core/os/clock.hpp"
#include "core/os/fd.hpp"
#include "tests/support/fake_clock.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

using namespace menacedb;
using namespace std::chrono_literals;

TEST_CASE("the system clock sleeps at least as long as it is told") {
  SystemClock clock;
  const Duration begin = clock.monotonic();
  clock.sleep(2ms);
  CHECK(clock.monotonic() - begin >= 2ms);
}

TEST_CASE("the system clock does not sleep for nothing or less") {
  SystemClock clock;
  const Duration begin = clock.monotonic();
  clock.sleep(0us);
  clock.sleep(-10s);
  CHECK(clock.monotonic() - begin < 5s);
}

TEST_CASE("the system clock tells the time of day") {
  SystemClock clock;
  CHECK(clock.now() > *parse_instant("2020-01-01T00:00:00Z"));
  CHECK(clock.now() < *parse_instant("2200-01-01T00:00:00Z"));
}

TEST_CASE("the fake clock moves by sleeping and by advance only") {
  test::FakeClock clock;
  const Instant before = clock.now();
  CHECK(format_instant(before) == "2026-01-02T03:04:05Z");
  clock.sleep(3s);
  clock.advance(2s);
  CHECK(clock.now() - before == 5s);
  CHECK(clock.monotonic() == 5s);
  CHECK(clock.slept() == 3s);
}

TEST_CASE("a change of the fake time of day is not seen by monotonic") {
  test::FakeClock clock;
  clock.set_now(*parse_instant("1999-12-31T23:59:59Z"));
  CHECK(format_instant(clock.now()) == "1999-12-31T23:59:59Z");
  CHECK(clock.monotonic() == 0s);
}

namespace {

bool is_open(int descriptor) {
  return ::fcntl(descriptor, F_GETFD) >= 0;
}

Fd open_null() {
  return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

} // namespace

TEST_CASE("a descriptor is closed when its owner ends") {
  int number = -1;
  {
    const Fd file = open_null();
    number = file.get();
    REQUIRE(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("a descriptor moves to its new owner who closes what it had") {
  Fd first = open_null();
  Fd second = open_null();
  const int kept = first.get();
  const int dropped = second.get();
  second = std::move(first);
  CHECK(second.get() == kept);
  CHECK(is_open(kept));
  CHECK_FALSE(is_open(dropped));
  CHECK_FALSE(first);
}

TEST_CASE("a released descriptor stays open") {
  Fd file = open_null();
  const int number = file.release();
  CHECK_FALSE(file);
  CHECK(is_open(number));
  ::close(number);
}
