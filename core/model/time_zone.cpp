#include "core/model/time_zone.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace menacedb {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr Bytes k_most_bytes = 1 << 20;
constexpr std::size_t k_header = 44;
constexpr int k_longest_offset = 26 * 3600; // RFC 8536: less than that from UTC
constexpr int k_longest_rule = 167 * 3600;  // RFC 8536, 3.3.1
constexpr std::size_t k_longest_name = 100;

bool is_zone_name(std::string_view name) {
  const bool has_other_sign = std::ranges::any_of(name, [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '/' || c == '_' || c == '+' || c == '-');
  });
  return !name.empty() && name.size() <= k_longest_name && !has_other_sign && name[0] != '/';
}

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0 ? ~0ULL : 0;
  for (const char byte : bytes) {
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return static_cast<std::int64_t>(value);
}

Error zone_error(std::string_view name, std::string_view reason) {
  return {ErrorKind::bad_input, "time-zone",
          fmt::format("cannot use time zone '{}': {}", printable(name), reason)};
}

int year_of(std::int64_t when) {
  const auto day = std::chrono::floor<days>(sys_seconds(seconds(when)));
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

} // namespace

// The text at the end of the file, such as "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX's TZ).
class TimeZone::RuleReader {
public:
  explicit RuleReader(std::string_view text) : m_left(text) {}

  std::optional<Rule> read() {
    Rule rule;
    if (!take_name() || !take_offset(rule.standard)) {
      return std::nullopt;
    }
    if (m_left.empty()) {
      return rule;
    }
    rule.has_summer = true;
    rule.summer = rule.standard + 3600;
    const bool is_read = take_name() && (m_left.starts_with(',') || take_offset(rule.summer)) &&
                         take(',') && take_day(rule.begin) && take(',') && take_day(rule.end);
    return is_read && m_left.empty() ? std::optional(rule) : std::nullopt;
  }

private:
  bool take(char sign) {
    const bool is_there = m_left.starts_with(sign);
    m_left.remove_prefix(is_there ? 1 : 0);
    return is_there;
  }

  bool take_name() {
    const bool is_quoted = take('<');
    std::size_t size = 0;
    while (size < m_left.size() &&
           (is_quoted ? m_left[size] != '>'
                      : std::isalpha(static_cast<unsigned char>(m_left[size])) != 0)) {
      ++size;
    }
    m_left.remove_prefix(size);
    return size > 0 && (!is_quoted || take('>'));
  }

  bool take_number(int& number, int most) {
    std::size_t digits = 0;
    number = 0;
    while (digits < m_left.size() && m_left[digits] >= '0' && m_left[digits] <= '9' && digits < 4) {
      number = number * 10 + (m_left[digits] - '0');
      ++digits;
    }
    m_left.remove_prefix(digits);
    return digits > 0 && number <= most;
  }

  // [+-]h[:m[:s]]
  bool take_time(int& total) {
    const bool is_negative = take('-');
    if (!is_negative) {
      (void)take('+');
    }
    int hours = 0;
    int minutes = 0;
    int rest = 0;
    const bool is_read =
        take_number(hours, k_longest_rule / 3600) &&
        (!take(':') || (take_number(minutes, 59) && (!take(':') || take_number(rest, 59))));
    total = (hours * 60 + minutes) * 60 + rest;
    total = is_negative ? -total : total;
    return is_read;
  }

  // POSIX counts westwards.
  bool take_offset(std::int32_t& offset) {
    int west = 0;
    const bool is_read = take_time(west);
    offset = -west;
    return is_read && std::abs(offset) < k_longest_offset;
  }

  bool take_day(RuleDay& day) {
    bool is_read = false;
    if (take('M')) {
      day.kind = RuleDay::Kind::month_week;
      is_read = take_number(day.month, 12) && day.month > 0 && take('.') &&
                take_number(day.week, 5) && day.week > 0 && take('.') && take_number(day.day, 6);
    } else if (take('J')) {
      day.kind = RuleDay::Kind::julian;
      is_read = take_number(day.day, 365) && day.day > 0;
    } else {
      day.kind = RuleDay::Kind::day_of_year;
      is_read = take_number(day.day, 365);
    }
    return is_read && (!take('/') || take_time(day.seconds));
  }

  std::string_view m_left;
};

class TimeZone::FileReader {
public:
  explicit FileReader(std::string_view content) : m_left(content) {}

  std::optional<TimeZone> read() {
    Header header;
    if (!read_header(header)) {
      return std::nullopt;
    }
    TimeZone zone;
    if (header.version == '\0') { // only times of 32 bits
      return read_block(header, 4, zone) ? std::optional(zone) : std::nullopt;
    }
    if (!skip(size_of(header, 4)) || !read_header(header) || !read_block(header, 8, zone) ||
        !m_left.starts_with('\n')) {
      return std::nullopt;
    }
    m_left.remove_prefix(1);
    const std::string_view rule = m_left.substr(0, m_left.find('\n'));
    if (!rule.empty()) {
      zone.m_rule = RuleReader(rule).read();
      return zone.m_rule ? std::optional(zone) : std::nullopt;
    }
    return zone;
  }

private:
  struct Header {
    char version = '\0';
    std::array<std::size_t, 6> counts{}; // isut, isstd, leap, time, type, char
  };

  bool skip(std::size_t size) {
    const bool is_there = m_left.size() >= size;
    m_left.remove_prefix(is_there ? size : 0);
    return is_there;
  }

  bool read_header(Header& header) {
    if (m_left.size() < k_header || !m_left.starts_with("TZif")) {
      return false;
    }
    header.version = m_left[4];
    for (std::size_t i = 0; i < header.counts.size(); ++i) {
      const std::int64_t count = big_endian(m_left.substr(20 + i * 4, 4));
      if (count < 0 || count > static_cast<std::int64_t>(k_most_bytes)) {
        return false;
      }
      header.counts[i] = static_cast<std::size_t>(count);
    }
    return skip(k_header);
  }

  static std::size_t size_of(const Header& header, std::size_t time_size) {
    const auto& [isut, isstd, leap, time, type, chars] = header.counts;
    return time * (time_size + 1) + type * 6 + chars + leap * (time_size + 4) + isstd + isut;
  }

  bool read_block(const Header& header, std::size_t time_size, TimeZone& zone) {
    const std::size_t times = header.counts[3];
    const std::size_t types = header.counts[4];
    const std::string_view block = m_left;
    if (!skip(size_of(header, time_size)) || types == 0) {
      return false;
    }
    const std::string_view indexes = block.substr(times * time_size, times);
    const std::string_view kinds = block.substr(times * (time_size + 1), types * 6);
    const auto offset_of = [&](std::size_t type) {
      return static_cast<std::int32_t>(big_endian(kinds.substr(type * 6, 4)));
    };
    zone.m_first_offset = offset_of(0);
    for (std::size_t i = 0; i < times; ++i) {
      const auto type = static_cast<unsigned char>(indexes[i]);
      const std::int64_t at = big_endian(block.substr(i * time_size, time_size));
      if (type >= types || (i > 0 && at <= zone.m_transitions.back().at) ||
          std::abs(offset_of(type)) >= k_longest_offset) {
        return false;
      }
      zone.m_transitions.push_back({at, offset_of(type)});
    }
    return std::abs(zone.m_first_offset) < k_longest_offset;
  }

  std::string_view m_left;
};

TimeZone TimeZone::utc() {
  return {};
}

std::optional<TimeZone> TimeZone::parse(std::string_view content) {
  return FileReader(content).read();
}

TimeZone TimeZone::load(Fs& fs, const std::string& name, const std::string& directory) {
  if (name == "UTC") {
    return utc();
  }
  if (!is_zone_name(name)) {
    throw zone_error(name, "that is no name of a time zone").with_hint("Europe/Berlin is one");
  }
  std::error_code failure; // many names are symlinks, which Fs does not follow
  const auto path = std::filesystem::canonical(join_path(directory, name), failure);
  const auto stat = failure ? std::nullopt : fs.stat(path.string());
  if (!stat || stat->type != FileType::regular) {
    throw zone_error(name, fmt::format("there is no such file in '{}'", directory))
        .with_hint("timedatectl list-timezones");
  }
  auto zone = parse(read_file(fs, path.string(), k_most_bytes));
  if (!zone) {
    throw zone_error(name, fmt::format("'{}' is no time zone file", path.string()));
  }
  return *zone;
}

// In days since the epoch.
std::int64_t TimeZone::day_in(int year, const RuleDay& day) {
  const std::chrono::year y(year);
  const auto count = [](sys_days date) { return date.time_since_epoch().count(); };
  switch (day.kind) {
  case RuleDay::Kind::julian: { // February 29 is not counted
    const int leap = y.is_leap() && day.day >= 60 ? 1 : 0;
    return count(y / 1 / 1) + day.day - 1 + leap;
  }
  case RuleDay::Kind::day_of_year:
    return count(y / 1 / 1) + day.day;
  case RuleDay::Kind::month_week:
    break;
  }
  const auto month = y / std::chrono::month(static_cast<unsigned>(day.month));
  const std::chrono::weekday weekday(static_cast<unsigned>(day.day));
  return day.week == 5 ? count(month / weekday[std::chrono::last])
                       : count(month / weekday[static_cast<unsigned>(day.week)]);
}

std::array<TimeZone::Transition, 2> TimeZone::changes_in(int year) const {
  constexpr std::int64_t k_day = 86400;
  const Rule& rule = *m_rule;
  // Each time of day is told by the clocks that were right until then.
  std::array<Transition, 2> changes{{
      {day_in(year, rule.begin) * k_day + rule.begin.seconds - rule.standard, rule.summer},
      {day_in(year, rule.end) * k_day + rule.end.seconds - rule.summer, rule.standard},
  }};
  if (changes[1].at < changes[0].at) {
    std::swap(changes[0], changes[1]);
  }
  return changes;
}

TimeZone::Period TimeZone::ruled_period(std::int64_t when) const {
  const std::int64_t floor = m_transitions.empty() ? sys_seconds::min().time_since_epoch().count()
                                                   : m_transitions.back().at;
  if (!m_rule->has_summer) {
    return {sys_seconds(seconds(floor)), sys_seconds::max(), seconds(m_rule->standard)};
  }
  Period period{sys_seconds(seconds(floor)), sys_seconds::max(), seconds(m_rule->standard)};
  const int year = year_of(when);
  for (int y = year - 1; y <= year + 1; ++y) {
    for (const Transition& change : changes_in(y)) {
      if (change.at <= when) {
        period.begin = std::max(sys_seconds(seconds(floor)), sys_seconds(seconds(change.at)));
        period.offset = seconds(change.offset);
      } else {
        period.end = std::min(period.end, sys_seconds(seconds(change.at)));
      }
    }
  }
  return period;
}

TimeZone::Period TimeZone::period_at(sys_seconds moment) const {
  const std::int64_t when = moment.time_since_epoch().count();
  const auto next = std::ranges::upper_bound(m_transitions, when, {}, &Transition::at);
  if (next == m_transitions.end() && m_rule) {
    return ruled_period(when);
  }
  Period period{sys_seconds::min(), sys_seconds::max(), seconds(m_first_offset)};
  if (next != m_transitions.begin()) {
    const Transition& last = *(next - 1);
    period.begin = sys_seconds(seconds(last.at));
    period.offset = seconds(last.offset);
  }
  if (next != m_transitions.end()) {
    period.end = sys_seconds(seconds(next->at));
  }
  return period;
}

} // namespace menacedb
