#include "core/model/backoff.hpp"
#include "core/model/priority.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace std::chrono_literals;

TEST_CASE("waits double from the base to the cap") {
  const Backoff backoff;
  CHECK(backoff.wait_after(1) == 500ms);
  CHECK(backoff.wait_after(2) == 1s);
  CHECK(backoff.wait_after(3) == 2s);
  CHECK(backoff.wait_after(4) == 4s);
  CHECK(backoff.wait_after(5) == 5s);
  CHECK(backoff.attempts == 3);
}

TEST_CASE("waits stay at the cap for any number of attempts") {
  const Backoff backoff{.base = 1us, .cap = Duration::max(), .attempts = 0};
  CHECK(backoff.wait_after(4'000'000'000U) == Duration::max());
  CHECK(Backoff{}.wait_after(4'000'000'000U) == 5s);
}

TEST_CASE("a base above the cap is capped") {
  CHECK(Backoff{.base = 9s, .cap = 5s}.wait_after(1) == 5s);
}

TEST_CASE("no base means no wait") {
  CHECK(Backoff{.base = 0s, .cap = 5s}.wait_after(1000) == 0s);
}

TEST_CASE("priorities are one to ten") {
  CHECK_FALSE(is_valid_priority(0));
  CHECK(is_valid_priority(1));
  CHECK(is_valid_priority(10));
  CHECK_FALSE(is_valid_priority(11));
}

TEST_CASE("jitter stays within a quarter of the wait on both sides") {
  CHECK(jittered(60s, 0) == 45s);
  CHECK(jittered(60s, 30'000'000) == 75s);
  CHECK(jittered(60s, 15'000'000) == 60s);
  for (std::uint64_t random = 1; random != 0; random *= 7) {
    CHECK(jittered(60s, random) >= 45s);
    CHECK(jittered(60s, random) <= 75s);
    if (random > 1'000'000'000'000) {
      break;
    }
  }
  CHECK(jittered(0s, 7) == 0s);
  CHECK(jittered(1us, 7) == 1us);
}
