#include "core/base/time.hpp"

#include <fmt/format.h>

namespace menacedb {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes pieces off the front of a text; each take_… says whether the piece was there.
class Cursor {
public:
  explicit Cursor(std::string_view text) : m_left(text) {}

  std::optional<int> take_number(std::size_t digits) {
    if (m_left.size() < digits) {
      return std::nullopt;
    }
    int value = 0;
    for (const char c : m_left.substr(0, digits)) {
      if (!is_digit(c)) {
        return std::nullopt;
      }
      value = value * 10 + (c - '0');
    }
    m_left.remove_prefix(digits);
    return value;
  }

  bool take_one_of(std::string_view choices) {
    if (m_left.empty() || choices.find(m_left.front()) == std::string_view::npos) {
      return false;
    }
    m_left.remove_prefix(1);
    return true;
  }

  [[nodiscard]] bool starts_with_digit() const { return !m_left.empty() && is_digit(m_left[0]); }
  [[nodiscard]] bool is_done() const { return m_left.empty(); }

private:
  std::string_view m_left;
};

std::optional<std::chrono::sys_days> take_date(Cursor& cursor) {
  const auto year = cursor.take_number(4);
  if (!year || !cursor.take_one_of("-")) {
    return std::nullopt;
  }
  const auto month = cursor.take_number(2);
  if (!month || !cursor.take_one_of("-")) {
    return std::nullopt;
  }
  const auto day = cursor.take_number(2);
  if (!day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

// Digits after the sixth are dropped, not rounded: a time is never later than it was written.
std::optional<microseconds> take_fraction(Cursor& cursor) {
  if (!cursor.take_one_of(".")) {
    return microseconds(0);
  }
  if (!cursor.starts_with_digit()) {
    return std::nullopt;
  }
  int value = 0;
  int digits = 0;
  while (cursor.starts_with_digit()) {
    const int digit = cursor.take_number(1).value_or(0);
    if (digits < 6) {
      value = value * 10 + digit;
      ++digits;
    }
  }
  for (; digits < 6; ++digits) {
    value *= 10;
  }
  return microseconds(value);
}

std::optional<microseconds> take_time_of_day(Cursor& cursor) {
  const auto hour = cursor.take_number(2);
  if (!hour || *hour > 23 || !cursor.take_one_of(":")) {
    return std::nullopt;
  }
  const auto minute = cursor.take_number(2);
  if (!minute || *minute > 59 || !cursor.take_one_of(":")) {
    return std::nullopt;
  }
  const auto second = cursor.take_number(2); // 60 is a leap second
  if (!second || *second > 60) {
    return std::nullopt;
  }
  const auto fraction = take_fraction(cursor);
  if (!fraction) {
    return std::nullopt;
  }
  return hours(*hour) + minutes(*minute) + seconds(*second) + *fraction;
}

// No zone at all is UTC: the old router writes its times so.
std::optional<minutes> take_zone(Cursor& cursor) {
  if (cursor.is_done() || cursor.take_one_of("Zz")) {
    return minutes(0);
  }
  const bool is_east = cursor.take_one_of("+");
  if (!is_east && !cursor.take_one_of("-")) {
    return std::nullopt;
  }
  const auto hour = cursor.take_number(2);
  if (!hour || *hour > 23) {
    return std::nullopt;
  }
  (void)cursor.take_one_of(":");
  const auto minute = cursor.take_number(2);
  if (!minute || *minute > 59) {
    return std::nullopt;
  }
  const minutes offset = hours(*hour) + minutes(*minute);
  return is_east ? offset : -offset;
}

} // namespace

namespace {

// The digits of `number`, with zeros in front, ending before `end`. By hand: every queued row
// carries a time, and a general formatter takes as long as hashing the row.
void put_digits(char* end, std::int64_t number, int count) {
  for (; count > 0; --count, number /= 10) {
    *--end = static_cast<char>('0' + number % 10);
  }
}

} // namespace

std::string format_instant(Instant when) {
  const auto day = floor<days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(when - day);
  if (date.year() < std::chrono::year(0) || date.year() > std::chrono::year(9999)) {
    return fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count());
  }
  std::string text = "0000-00-00T00:00:00.000000Z";
  char* const begin = text.data();
  put_digits(begin + 4, static_cast<int>(date.year()), 4);
  put_digits(begin + 7, static_cast<unsigned>(date.month()), 2);
  put_digits(begin + 10, static_cast<unsigned>(date.day()), 2);
  put_digits(begin + 13, time.hours().count(), 2);
  put_digits(begin + 16, time.minutes().count(), 2);
  put_digits(begin + 19, time.seconds().count(), 2);
  put_digits(begin + 26, time.subseconds().count(), 6);
  if (time.subseconds().count() == 0) {
    text.erase(19, 7);
  }
  return text;
}

std::optional<Instant> parse_instant(std::string_view text) {
  Cursor cursor(text);
  const auto date = take_date(cursor);
  if (!date || !cursor.take_one_of("Tt ")) {
    return std::nullopt;
  }
  const auto time = take_time_of_day(cursor);
  if (!time) {
    return std::nullopt;
  }
  const auto zone = take_zone(cursor);
  if (!zone || !cursor.is_done()) {
    return std::nullopt;
  }
  return Instant(*date) + *time - *zone;
}

} // namespace menacedb
