#include "core/base/time.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace std::chrono_literals;

namespace {

// 2026-01-02T03:04:05Z
constexpr Instant k_when{std::chrono::seconds(1'767'323'045)};

} // namespace

TEST_CASE("a time is written as RFC 3339 in UTC with a fraction only when it has one") {
  CHECK(format_instant(k_when) == "2026-01-02T03:04:05Z");
  CHECK(format_instant(k_when + 678'901us) == "2026-01-02T03:04:05.678901Z");
  CHECK(format_instant(k_when + 5us) == "2026-01-02T03:04:05.000005Z");
  CHECK(format_instant(Instant{}) == "1970-01-01T00:00:00Z");
  CHECK(format_instant(Instant{-1us}) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("times of every accepted spelling are read") {
  for (const std::string_view text :
       {"2026-01-02T03:04:05Z", "2026-01-02t03:04:05z", "2026-01-02 03:04:05",
        "2026-01-02T03:04:05", "2026-01-02T03:04:05.0Z", "2026-01-02T04:04:05+01:00",
        "2026-01-01T21:34:05-05:30", "2026-01-02T04:04:05+0100"}) {
    CAPTURE(text);
    CHECK(parse_instant(text) == k_when);
  }
}

TEST_CASE("fractions are read to the microsecond and cut there") {
  CHECK(parse_instant("2026-01-02T03:04:05.678") == k_when + 678ms);
  CHECK(parse_instant("2026-01-02T03:04:05.678901Z") == k_when + 678'901us);
  CHECK(parse_instant("2026-01-02T03:04:05.9999999999999Z") == k_when + 999'999us);
  CHECK(parse_instant("1969-12-31T23:59:59.5Z") == Instant{-500ms});
}

TEST_CASE("a leap day and a leap second are times other overflows are not") {
  CHECK(parse_instant("2024-02-29T00:00:00Z").has_value());
  CHECK(parse_instant("2016-12-31T23:59:60Z") == parse_instant("2017-01-01T00:00:00Z"));
  for (const std::string_view text :
       {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T00:60:00Z",
        "2026-01-02T00:00:61Z", "2026-01-02T00:00:00+24:00", "2026-01-02T00:00:00+01:60"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_instant(text).has_value());
  }
}

TEST_CASE("text that is no time is refused") {
  for (const std::string_view text :
       {"", "now", "2026", "2026-01-02", "2026-01-02T03:04", "2026-01-02T03:04:05 ",
        "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx", "2026-01-02X03:04:05Z",
        "2026-1-02T03:04:05Z", "+026-01-02T03:04:05Z", "2026-01-02T03:04:05+", "1767323045",
        "2026-01-02T03:04:05+01"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_instant(text).has_value());
  }
}

TEST_CASE("what is written reads back the same") {
  for (const std::int64_t count : {0L, 1L, -1L, 1'767'323'045'678'901L, 253'402'300'799'999'999L}) {
    const Instant when{Duration(count)};
    CHECK(parse_instant(format_instant(when)) == when);
  }
}
