#include "core/base/error.hpp"
#include "core/model/time_zone.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <random>

using namespace menacedb;
using namespace std::chrono_literals;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

sys_seconds at(std::string_view text) {
  return std::chrono::floor<seconds>(*parse_instant(text));
}

std::string number(std::int64_t value, int bytes) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    text += static_cast<char>(static_cast<std::uint64_t>(value) >> static_cast<unsigned>(shift));
  }
  return text;
}

struct Change {
  std::int64_t at = 0;
  std::int32_t offset = 0;
};

// Version 2, with an empty block of 32-bit times, as zic writes it by default.
std::string zone_file(const std::vector<Change>& changes, std::string_view rule,
                      std::int32_t first = 0) {
  const auto header = [](std::size_t times, std::size_t types) {
    return "TZif2" + std::string(15, '\0') + number(0, 4) + number(0, 4) + number(0, 4) +
           number(static_cast<std::int64_t>(times), 4) +
           number(static_cast<std::int64_t>(types), 4) + number(4, 4);
  };
  std::string text = header(0, 1) + std::string(6, '\0') + "UTC" + std::string(1, '\0');
  text += header(changes.size(), changes.size() + 1);
  for (const Change& change : changes) {
    text += number(change.at, 8);
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    text += static_cast<char>(i + 1);
  }
  text += number(first, 4) + std::string(2, '\0');
  for (const Change& change : changes) {
    text += number(change.offset, 4) + std::string(2, '\0');
  }
  return text + "UTC" + std::string(1, '\0') + fmt::format("\n{}\n", rule);
}

// Sets TZ while it lives.
class SystemZone {
public:
  explicit SystemZone(const std::string& name) {
    ::setenv("TZ", (":" + name).c_str(), 1);
    ::tzset();
  }
  ~SystemZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
  SystemZone(const SystemZone&) = delete;
  SystemZone& operator=(const SystemZone&) = delete;

  [[nodiscard]] static seconds offset(sys_seconds when) {
    const std::time_t time = when.time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&time, &local);
    return seconds(local.tm_gmtoff);
  }
};

} // namespace

TEST_CASE("utc never differs from itself") {
  const auto period = TimeZone::utc().period_at(at("2026-01-01T00:00:00Z"));
  CHECK(period.offset == 0s);
  CHECK(period.begin == sys_seconds::min());
  CHECK(period.end == sys_seconds::max());
}

TEST_CASE("a file without changes goes by its rule for ever") {
  const auto zone = TimeZone::parse(zone_file({}, "CET-1CEST,M3.5.0,M10.5.0/3"));
  REQUIRE(zone);
  const auto summer = zone->period_at(at("2026-07-01T00:00:00Z"));
  CHECK(summer.begin == at("2026-03-29T01:00:00Z"));
  CHECK(summer.end == at("2026-10-25T01:00:00Z"));
  CHECK(summer.offset == 2h);
  const auto winter = zone->period_at(at("2199-12-31T23:59:59Z"));
  CHECK(winter.begin == at("2199-10-27T01:00:00Z"));
  CHECK(winter.end == at("2200-03-30T01:00:00Z"));
  CHECK(winter.offset == 1h);
}

TEST_CASE("changes in the table count until the last of them and the rule from there") {
  const std::int64_t change = at("2020-01-01T00:00:00Z").time_since_epoch().count();
  const auto zone = TimeZone::parse(zone_file({{change, 7200}}, "<+02>-2", 3600));
  REQUIRE(zone);
  CHECK(zone->period_at(sys_seconds(seconds(change - 1))).offset == 1h);
  CHECK(zone->period_at(sys_seconds(seconds(change - 1))).end == sys_seconds(seconds(change)));
  CHECK(zone->period_at(sys_seconds(seconds(change))).offset == 2h);
  CHECK(zone->period_at(sys_seconds(seconds(change))).begin == sys_seconds(seconds(change)));
  CHECK(zone->period_at(at("2400-01-01T00:00:00Z")).end == sys_seconds::max());
}

TEST_CASE("rules may name days of the year and times of several days") {
  const auto zone = TimeZone::parse(zone_file({}, "XXX3YYY2,J60/0,364/26"));
  REQUIRE(zone);
  CHECK(zone->period_at(at("2024-03-01T02:59:59Z")).offset == -3h);
  CHECK(zone->period_at(at("2024-03-01T03:00:00Z")).offset == -2h); // J60 is March 1 in any year
  CHECK(zone->period_at(at("2023-03-01T03:00:00Z")).offset == -2h);
  CHECK(zone->period_at(at("2023-03-01T03:00:00Z")).end == at("2024-01-01T04:00:00Z"));
}

TEST_CASE("what is no time zone file is refused") {
  const std::string good = zone_file({{1000, 3600}, {2000, 7200}}, "CET-1");
  CHECK(TimeZone::parse(good));
  for (std::size_t size = 0; size + 1 < good.size(); ++size) {
    CAPTURE(size);
    const auto cut = TimeZone::parse(std::string_view(good).substr(0, size));
    CHECK((!cut || size > good.size() - 8)); // a rule that is cut may be another rule
  }
  CHECK_FALSE(TimeZone::parse(zone_file({{2000, 3600}, {1000, 7200}}, "CET-1")));
  CHECK_FALSE(TimeZone::parse(zone_file({{1000, 3'600'000}}, "CET-1")));
  for (const std::string_view rule :
       {"1", "CET", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-99", "CET-1CEST,M3.5.0,M10.5.0x", "<+01-1", "-1"}) {
    CAPTURE(rule);
    CHECK_FALSE(TimeZone::parse(zone_file({}, rule)));
  }
}

TEST_CASE("a zone is found by its name below the folder and nowhere else") {
  PosixFs fs;
  test::TempDir dir;
  const std::string zones = dir / "zones";
  fs.make_directories(zones + "/Area");
  replace_file(fs, zones + "/Area/Town", zone_file({}, "CET-1"));
  replace_file(fs, zones + "/text", "no zone");
  replace_file(fs, dir / "outside", zone_file({}, "CET-1"));
  CHECK(TimeZone::load(fs, "Area/Town", zones).period_at(at("2026-01-01T00:00:00Z")).offset == 1h);
  for (const std::string name :
       {"", "Area", "Area/Village", "text", "../outside", "/etc/passwd", "Area/Town\n"}) {
    CAPTURE(name);
    CHECK_THROWS_AS((void)TimeZone::load(fs, name, zones), Error);
  }
}

TEST_CASE("zones agree with the system from 1970 to 2150") {
  PosixFs fs;
  std::mt19937_64 random(7);
  for (const std::string name :
       {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
        "Africa/Casablanca", "America/Nuuk", "Europe/Dublin", "Pacific/Apia", "Antarctica/Troll"}) {
    if (!fs.stat("/usr/share/zoneinfo/" + name)) {
      continue;
    }
    CAPTURE(name);
    const TimeZone zone = TimeZone::load(fs, name);
    const SystemZone system(name);
    for (int i = 0; i < 2000; ++i) {
      const sys_seconds when(seconds(static_cast<std::int64_t>(random() % 5'680'000'000ULL)));
      const auto period = zone.period_at(when);
      CAPTURE(when.time_since_epoch().count());
      REQUIRE(period.offset == SystemZone::offset(when));
      REQUIRE(period.begin <= when);
      REQUIRE(period.end > when);
      if (period.end != sys_seconds::max()) {
        REQUIRE(SystemZone::offset(period.end - 1s) == period.offset);
        REQUIRE(zone.period_at(period.end).begin == period.end);
      }
    }
  }
}
