#include "core/base/units.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace std::chrono_literals;

TEST_CASE("durations are read in all their units") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("10m") == 10min);
  CHECK(parse_duration("24h") == 24h);
  CHECK(parse_duration("7d") == 168h);
  CHECK(parse_duration("1.5h") == 90min);
  CHECK(parse_duration("15us") == 15us);
  CHECK(parse_duration(" 0 ") == 0s);
}

TEST_CASE("a bare number is seconds as the old worker has it") {
  CHECK(parse_duration("10") == 10s);
  CHECK(parse_duration("0.25") == 250ms);
  CHECK(parse_duration(".5") == 500ms);
  CHECK(parse_duration("30.0") == 30s);
}

TEST_CASE("durations that are negative too long or no durations are refused") {
  for (const std::string_view text :
       {"", "s", ".", "-1s", "+1s", "1 s", "1x", "1.2.3s", "1e3", "0x10", "10000000000d",
        "99999999999999999999999999", "1sec", "ms"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
  CHECK(parse_duration("9223372036854775807us").has_value());
  CHECK_FALSE(parse_duration("9223372036854775808us").has_value());
}

TEST_CASE("durations are written in the unit with the fewest digits and read back") {
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(250ms) == "250ms");
  CHECK(format_duration(5s) == "5s");
  CHECK(format_duration(300s) == "5m");
  CHECK(format_duration(90min) == "90m");
  CHECK(format_duration(24h) == "1d");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_duration(7us) == "7us");
  for (const std::int64_t count : {1L, 999L, 60'000'000L, 61'000'000L, 86'400'000'001L}) {
    CHECK(parse_duration(format_duration(Duration(count))) == Duration(count));
  }
}

TEST_CASE("sizes are read in all their units") {
  CHECK(parse_bytes("100") == 100);
  CHECK(parse_bytes("100B") == 100);
  CHECK(parse_bytes("64KiB") == 64 * 1024);
  CHECK(parse_bytes("1MiB") == 1024 * 1024);
  CHECK(parse_bytes("2GiB") == Bytes{2} << 30);
  CHECK(parse_bytes("10kB") == 10'000);
  CHECK(parse_bytes("16m") == 16 * 1024 * 1024);
  CHECK(parse_bytes("1.5KiB") == 1536);
  CHECK(parse_bytes("1tib") == Bytes{1} << 40);
}

TEST_CASE("sizes that are negative too large or no sizes are refused") {
  for (const std::string_view text :
       {"", "KiB", "-1", "1 KiB", "1KiBs", "16777216TiB", "18446744073709551616", "1..5k"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_bytes(text).has_value());
  }
  CHECK(parse_bytes("18446744073709551615") == UINT64_MAX);
}

TEST_CASE("sizes are written for people") {
  CHECK(format_bytes(0) == "0 B");
  CHECK(format_bytes(1023) == "1023 B");
  CHECK(format_bytes(1024) == "1.0 KiB");
  CHECK(format_bytes(1'468'006) == "1.4 MiB");
  CHECK(format_bytes(1024 * 1024 - 1) == "1.0 MiB"); // not 1024.0 KiB
  CHECK(format_bytes(UINT64_MAX) == "16.0 EiB");
}

TEST_CASE("counts are grouped by thousands") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1'000) == "1,000");
  CHECK(format_count(1'234'567) == "1,234,567");
  CHECK(format_count(UINT64_MAX) == "18,446,744,073,709,551,615");
}
