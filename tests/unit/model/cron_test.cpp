#include "core/base/error.hpp"
#include "core/model/cron.hpp"
#include "core/os/posix_fs.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace menacedb;
using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::minutes;

namespace {

std::string next(std::string_view cron, std::string_view when,
                 const TimeZone& zone = TimeZone::utc()) {
  const auto found = Cron::parse(cron).next(*parse_instant(when), zone);
  return found ? format_instant(*found) : "never";
}

std::string refusal(std::string_view cron) {
  try {
    (void)Cron::parse(cron);
  } catch (const Error& error) {
    return error.message();
  }
  return "accepted";
}

TimeZone berlin() {
  std::string block = "TZif2" + std::string(15, '\0');
  for (const char count : {'\0', '\0', '\0', '\0', '\1', '\4'}) {
    block += std::string(3, '\0') + std::string(1, count);
  }
  const std::string rest = std::string(6, '\0') + "UTC" + std::string(1, '\0');
  return *TimeZone::parse(block + rest + block + rest + "\nCET-1CEST,M3.5.0,M10.5.0/3\n");
}

// The same again, by brute force: an expression as sets, and a clock on the wall that is looked at
// every minute.
struct Naive {
  std::vector<int> minutes_of_hour, hours, month_days, months, weekdays; // empty: any
  [[nodiscard]] static bool has(const std::vector<int>& values, unsigned value) {
    return values.empty() || std::ranges::find(values, static_cast<int>(value)) != values.end();
  }
  [[nodiscard]] bool takes(std::int64_t local_minute) const {
    const std::chrono::sys_time<minutes> local{minutes(local_minute)};
    const auto day = std::chrono::floor<days>(local);
    const std::chrono::year_month_day date(day);
    const auto minute = static_cast<unsigned>((local - day).count());
    const bool has_day = has(month_days, static_cast<unsigned>(date.day()));
    const bool has_weekday = has(weekdays, std::chrono::weekday(day).c_encoding());
    const bool is_either = !month_days.empty() && !weekdays.empty();
    return has(minutes_of_hour, minute % 60) && has(hours, minute / 60) &&
           has(months, static_cast<unsigned>(date.month())) &&
           (is_either ? has_day || has_weekday : has_day && has_weekday);
  }
  [[nodiscard]] std::string text() const {
    const auto field = [](const std::vector<int>& values) {
      return values.empty() ? std::string("*") : fmt::format("{}", fmt::join(values, ","));
    };
    return fmt::format("{} {} {} {} {}", field(minutes_of_hour), field(hours), field(month_days),
                       field(months), field(weekdays));
  }
};

// All ticks between two minutes since 1970.
std::vector<std::int64_t> ticks(const Naive& naive, const TimeZone& zone, std::int64_t begin,
                                std::int64_t end) {
  std::vector<std::int64_t> found;
  const auto local = [&](std::int64_t minute) {
    const auto offset = zone.period_at(std::chrono::sys_seconds(minutes(minute))).offset;
    return minute + std::chrono::duration_cast<minutes>(offset).count();
  };
  std::int64_t seen = local(begin - 2 * 1440);
  for (std::int64_t minute = begin - 2 * 1440 + 1; minute <= end; ++minute) {
    bool is_tick = naive.hours.empty() && naive.takes(local(minute));
    for (; seen < local(minute); ++seen) {
      is_tick = is_tick || (!naive.hours.empty() && naive.takes(seen + 1));
    }
    if (is_tick && minute > begin) {
      found.push_back(minute);
    }
  }
  return found;
}

std::vector<int> some(std::mt19937& random, int first, int last) {
  std::vector<int> values;
  if (random() % 2 == 0) {
    return values;
  }
  for (int value = first; value <= last; ++value) {
    if (random() % static_cast<unsigned>((last - first) / 3 + 1) == 0) {
      values.push_back(value);
    }
  }
  return values;
}

} // namespace

TEST_CASE("each field restricts the moments") {
  CHECK(next("* * * * *", "2026-01-01T00:00:00Z") == "2026-01-01T00:01:00Z");
  CHECK(next("* * * * *", "2026-01-01T00:00:59.999999Z") == "2026-01-01T00:01:00Z");
  CHECK(next("*/15 * * * *", "2026-01-01T00:45:00Z") == "2026-01-01T01:00:00Z");
  CHECK(next("5-59/20 3 * * *", "2026-01-01T03:25:00Z") == "2026-01-01T03:45:00Z");
  CHECK(next("0 9,17 * * *", "2026-01-01T09:00:00Z") == "2026-01-01T17:00:00Z");
  CHECK(next("0 0 31 * *", "2026-01-31T00:00:00Z") == "2026-03-31T00:00:00Z");
  CHECK(next("0 0 * FEB *", "2026-03-01T00:00:00Z") == "2027-02-01T00:00:00Z");
  CHECK(next("0 0 * * Mon", "2026-01-01T00:00:00Z") == "2026-01-05T00:00:00Z");
  CHECK(next("0 0 * * 7", "2026-01-01T00:00:00Z") == next("0 0 * * 0", "2026-01-01T00:00:00Z"));
  CHECK(next("0 0 * * fri-sun", "2026-01-03T00:00:00Z") == "2026-01-04T00:00:00Z");
  CHECK(next(" 0\t0  1 1 * ", "2026-01-01T00:00:00Z") == "2027-01-01T00:00:00Z");
}

TEST_CASE("two restricted days mean either and a star means both") {
  CHECK(next("0 0 13 * fri", "2026-01-01T00:00:00Z") == "2026-01-02T00:00:00Z");
  CHECK(next("0 0 13 * fri", "2026-01-09T00:00:00Z") == "2026-01-13T00:00:00Z");
  CHECK(next("0 0 */2 * mon", "2026-01-01T00:00:00Z") == "2026-01-05T00:00:00Z");
  CHECK(next("0 0 */2 * mon", "2026-01-05T00:00:00Z") == "2026-01-19T00:00:00Z");
}

TEST_CASE("the names of schedules stand for their fields") {
  CHECK(next("@hourly", "2026-01-01T00:00:00Z") == "2026-01-01T01:00:00Z");
  CHECK(next("@daily", "2026-01-01T00:00:00Z") == "2026-01-02T00:00:00Z");
  CHECK(next("@midnight", "2026-01-01T00:00:00Z") == "2026-01-02T00:00:00Z");
  CHECK(next("@weekly", "2026-01-01T00:00:00Z") == "2026-01-04T00:00:00Z");
  CHECK(next("@monthly", "2026-01-01T00:00:00Z") == "2026-02-01T00:00:00Z");
  CHECK(next("@yearly", "2026-01-01T00:00:00Z") == "2027-01-01T00:00:00Z");
  CHECK(next("@annually", "2026-01-01T00:00:00Z") == "2027-01-01T00:00:00Z");
}

TEST_CASE("rare days are found") {
  CHECK(next("0 0 29 2 *", "2026-01-01T00:00:00Z") == "2028-02-29T00:00:00Z");
  CHECK(next("0 0 29 2 *", "2096-03-01T00:00:00Z") == "2104-02-29T00:00:00Z");
  CHECK(next("0 0 29 2 */7", "2088-03-01T00:00:00Z") == "2128-02-29T00:00:00Z");
}

TEST_CASE("what is no schedule is refused with the reason") {
  CHECK(refusal("") == "cannot read schedule '': expected 5 fields, found 0");
  CHECK(refusal("* * * *") == "cannot read schedule '* * * *': expected 5 fields, found 4");
  CHECK(refusal("0 * * * * *").ends_with("expected 5 fields, found 6"));
  CHECK(refusal("60 * * * *") ==
        "cannot read schedule '60 * * * *': minute '60': expected 0 to 59");
  CHECK(refusal("* 24 * * *").ends_with("hour '24': expected 0 to 23"));
  CHECK(refusal("* * 0 * *").ends_with("day of the month '0': expected 1 to 31"));
  CHECK(refusal("* * * jum *").find("month 'jum': expected 1 to 12 or jan, feb") !=
        std::string::npos);
  CHECK(refusal("* * * * 8").find("day of the week '8'") != std::string::npos);
  CHECK(refusal("9-5 * * * *").ends_with("minute '9-5': the range ends before it begins"));
  CHECK(refusal("5/15 * * * *").ends_with("a step needs a range, such as 5-59/15"));
  CHECK(refusal("*/0 * * * *").ends_with("expected a step from 1 to 59"));
  for (const std::string_view text :
       {"1, * * * *", ",1 * * * *", "- * * * *", "1- * * * *", "-1 * * * *", "+1 * * * *",
        "1-2-3 * * * *", "1/ * * * *", "*/ * * * *", "* * ? * *", "* * L * *", "mon * * * *",
        "99999999999999999999 * * * *", "** * * * *"}) {
    CAPTURE(text);
    CHECK(refusal(text).starts_with("cannot read schedule '"));
  }
  CHECK(refusal("@reboot").find("one of @hourly") != std::string::npos);
  CHECK(refusal("0 0 30 2 *").ends_with("no year has such a day"));
  CHECK(refusal("0 0 31 2,4,6,9,11 *").ends_with("no year has such a day"));
  CHECK(refusal("\x1b[2J").find('\x1b') == std::string::npos);
}

TEST_CASE("a time that the clocks leave out runs once when they are put forward") {
  const TimeZone zone = berlin(); // 02:00 becomes 03:00 at 01:00 UTC on March 29
  CHECK(next("30 2 * * *", "2026-03-28T12:00:00Z", zone) == "2026-03-29T01:00:00Z");
  CHECK(next("30 2 * * *", "2026-03-29T01:00:00Z", zone) == "2026-03-30T00:30:00Z");
  CHECK(next("*/5 2 * * *", "2026-03-28T12:00:00Z", zone) == "2026-03-29T01:00:00Z");
  CHECK(next("*/5 2 * * *", "2026-03-29T01:00:00Z", zone) == "2026-03-30T00:00:00Z");
  CHECK(next("30 * * * *", "2026-03-29T00:30:00Z", zone) == "2026-03-29T01:30:00Z");
}

TEST_CASE("a time that comes twice runs once when the clocks are put back") {
  const TimeZone zone = berlin(); // 03:00 becomes 02:00 at 01:00 UTC on October 25
  CHECK(next("30 2 * * *", "2026-10-24T12:00:00Z", zone) == "2026-10-25T00:30:00Z");
  CHECK(next("30 2 * * *", "2026-10-25T00:30:00Z", zone) == "2026-10-26T01:30:00Z");
  CHECK(next("30 * * * *", "2026-10-25T00:30:00Z", zone) == "2026-10-25T01:30:00Z");
}

TEST_CASE("schedules agree with a clock that is looked at every minute") {
  PosixFs fs;
  std::mt19937 random(11);
  for (const std::string name :
       {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"}) {
    if (name != "UTC" && !fs.stat("/usr/share/zoneinfo/" + name)) {
      continue;
    }
    const TimeZone zone = TimeZone::load(fs, name);
    for (int i = 0; i < 40; ++i) {
      const Naive naive{some(random, 0, 59), some(random, 0, 23), some(random, 1, 31),
                        some(random, 1, 12), some(random, 0, 6)};
      CAPTURE(name);
      CAPTURE(naive.text());
      if (refusal(naive.text()) != "accepted") {
        continue;
      }
      const Cron cron = Cron::parse(naive.text());
      // About the changes of the clocks in 2026, and anywhere.
      const std::int64_t begin = (random() % 3 == 0 ? 20535 : 20380 + random() % 365) * 1440LL;
      const std::int64_t end = begin + 20 * 1440LL;
      Instant when{minutes(begin)};
      for (const std::int64_t tick : ticks(naive, zone, begin, end)) {
        const auto found = cron.next(when, zone);
        REQUIRE(found == Instant(minutes(tick)));
        when = *found;
      }
      const auto beyond = cron.next(when, zone);
      REQUIRE((!beyond || *beyond > Instant(minutes(end))));
    }
  }
}
