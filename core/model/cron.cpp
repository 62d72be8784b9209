#include "core/model/cron.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace menacedb {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// The rarest date there is, a February 29 on a certain day of the week, comes within this.
constexpr auto k_horizon = days(366 * 50);

struct FieldKind {
  std::string_view name;
  int first;
  int last;
  std::string_view words; // of `first` and what follows; empty: numbers only
};

constexpr std::array<FieldKind, 5> k_fields{{
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of the month", 1, 31, ""},
    {"month", 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"},
    {"day of the week", 0, 7, "sun mon tue wed thu fri sat"},
}};

struct Macro {
  std::string_view name;
  std::string_view fields;
};

constexpr std::array<Macro, 7> k_macros{{
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
}};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Error cron_error(std::string_view text, std::string_view reason) {
  return {ErrorKind::bad_input, "cron-syntax",
          fmt::format("cannot read schedule '{}': {}", printable(text), reason)};
}

std::optional<int> read_number(std::string_view text) {
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number =
      failure == std::errc{} && end == text.data() + text.size() && !text.starts_with('-');
  return is_number ? std::optional(number) : std::nullopt;
}

// One item of a list: "*", "*/5", "3", "mon", "1-5", "1-31/2".
class ListItem {
public:
  ListItem(const FieldKind& kind, std::string_view text) : m_kind(kind), m_text(text) {
    const std::size_t slash = text.find('/');
    const std::string_view range = text.substr(0, slash);
    const std::size_t dash = range.find('-');
    if (range == "*") {
      first = kind.first;
      last = kind.last;
    } else {
      first = read_value(range.substr(0, dash));
      last = dash == std::string_view::npos ? first : read_value(range.substr(dash + 1));
      last = last == 0 && first > 0 && kind.last == 7 ? 7 : last; // "fri-sun"
    }
    if (first > last) {
      refuse("the range ends before it begins");
    }
    if (slash != std::string_view::npos) {
      read_step(text.substr(slash + 1), first == last);
    }
  }

  int first = 0;
  int last = 0;
  int step = 1;

private:
  [[noreturn]] void refuse(std::string_view reason) const {
    throw Error(ErrorKind::bad_input, "cron-syntax",
                fmt::format("{} '{}': {}", m_kind.name, printable(m_text), reason));
  }

  [[nodiscard]] int read_value(std::string_view text) const {
    const auto words = split(m_kind.words, " ");
    const auto word = std::ranges::find(words, to_lower(text));
    if (!text.empty() && word != words.end()) {
      return m_kind.first + static_cast<int>(word - words.begin());
    }
    const auto number = read_number(text);
    if (!number || *number < m_kind.first || *number > m_kind.last) {
      refuse(fmt::format("expected {} to {}{}", m_kind.first, m_kind.last,
                         m_kind.words.empty() ? std::string()
                                              : fmt::format(" or {}", fmt::join(words, ", "))));
    }
    return *number;
  }

  void read_step(std::string_view text, bool is_single) {
    const auto number = read_number(text);
    if (!number || *number < 1 || *number > m_kind.last) {
      refuse(fmt::format("expected a step from 1 to {}", m_kind.last));
    }
    if (is_single) {
      refuse(fmt::format("a step needs a range, such as {}-{}/{}", first, m_kind.last, *number));
    }
    step = *number;
  }

  const FieldKind& m_kind;
  std::string_view m_text;
};

sys_seconds plus(sys_seconds when, seconds more) {
  return when > sys_seconds::max() - std::chrono::hours(48) ? when : when + more;
}

local_seconds local_of(sys_seconds when, seconds offset) {
  return local_seconds(plus(when, offset).time_since_epoch());
}

} // namespace

void Cron::read_field(std::size_t index, std::string_view text) {
  const FieldKind& kind = k_fields[index];
  for (const std::string_view part : split(text, ",")) {
    const ListItem item(kind, part);
    for (int value = item.first; value <= item.last; value += item.step) {
      const auto bit = static_cast<std::size_t>(value);
      switch (index) {
      case 0:
        m_minutes.set(bit);
        break;
      case 1:
        m_hours.set(bit);
        break;
      case 2:
        m_days.set(bit);
        break;
      case 3:
        m_months.set(bit);
        break;
      default:
        m_weekdays.set(bit % 7);
        break;
      }
    }
  }
}

Cron Cron::parse(std::string_view text) {
  std::string_view line = trim(text);
  if (line.starts_with('@')) {
    const auto macro = std::ranges::find(k_macros, line, &Macro::name);
    if (macro == k_macros.end()) {
      throw cron_error(text, "expected five fields, or one of @hourly, @daily, @midnight, "
                             "@weekly, @monthly, @yearly, @annually");
    }
    line = macro->fields;
  }
  std::vector<std::string_view> fields = split(line, " \t");
  std::erase(fields, std::string_view());
  if (fields.size() != k_fields.size()) {
    throw cron_error(text, fmt::format("expected 5 fields, found {}", fields.size()));
  }
  Cron cron;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    try {
      cron.read_field(i, fields[i]);
    } catch (Error& error) {
      throw std::move(error).within(fmt::format("cannot read schedule '{}'", printable(text)));
    }
  }
  cron.m_has_all_days = fields[2].starts_with('*');
  cron.m_has_all_weekdays = fields[4].starts_with('*');
  if (!cron.is_possible()) {
    throw cron_error(text, "no year has such a day");
  }
  return cron;
}

bool Cron::is_possible() const {
  const LocalMinutes year_2000(days(10957));
  return first_match(year_2000, year_2000 + k_horizon).has_value();
}

bool Cron::takes(local_days day) const {
  const std::chrono::year_month_day date(day);
  const bool has_day = m_days.test(static_cast<unsigned>(date.day()));
  const bool has_weekday = m_weekdays.test(std::chrono::weekday(day).c_encoding());
  const bool is_either = !m_has_all_days && !m_has_all_weekdays;
  return m_months.test(static_cast<unsigned>(date.month())) &&
         (is_either ? has_day || has_weekday : has_day && has_weekday);
}

std::optional<Cron::LocalMinutes> Cron::first_match(LocalMinutes from, LocalMinutes end) const {
  const auto first_day = std::chrono::floor<days>(from);
  for (auto day = first_day; day < end; day += days(1)) {
    if (!takes(day)) {
      continue;
    }
    const int begin = day == first_day ? static_cast<int>((from - first_day).count()) : 0;
    for (int minute = begin; minute < 24 * 60; ++minute) {
      if (m_hours.test(static_cast<std::size_t>(minute / 60)) &&
          m_minutes.test(static_cast<std::size_t>(minute % 60))) {
        const LocalMinutes found = day + minutes(minute);
        return found < end ? std::optional(found) : std::nullopt;
      }
    }
  }
  return std::nullopt;
}

std::optional<Instant> Cron::next(Instant when, const TimeZone& zone) const {
  const auto earliest = std::chrono::floor<seconds>(when) + seconds(1);
  const sys_seconds limit = earliest + k_horizon;
  const bool goes_by_minutes = m_hours.all();
  TimeZone::Period period = zone.period_at(earliest - seconds(1));
  while (period.begin < limit) {
    auto from = local_of(std::max(earliest, period.begin), period.offset);
    if (!goes_by_minutes && period.begin > sys_seconds::min()) { // put back: not again
      const auto before = zone.period_at(period.begin - seconds(1)).offset;
      from = std::max(from, local_of(period.begin, before));
    }
    const auto end = local_of(std::min(period.end, limit), period.offset);
    if (const auto match =
            first_match(std::chrono::ceil<minutes>(from), std::chrono::ceil<minutes>(end))) {
      return Instant(match->time_since_epoch() - period.offset);
    }
    if (period.end >= limit) {
      break;
    }
    const TimeZone::Period next = zone.period_at(period.end);
    const auto left_out = std::chrono::ceil<minutes>(local_of(period.end, next.offset));
    if (!goes_by_minutes && first_match(std::chrono::ceil<minutes>(end), left_out)) {
      return Instant(period.end);
    }
    period = next;
  }
  return std::nullopt;
}

} // namespace menacedb
