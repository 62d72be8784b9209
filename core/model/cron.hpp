#pragma once

#include "core/base/time.hpp"
#include "core/model/time_zone.hpp"

#include <bitset>
#include <chrono>
#include <optional>
#include <string_view>

namespace menacedb {

// Five fields as crontab(5) knows them, in the local time of a zone: minute, hour, day of the
// month, month, day of the week, with names, ranges, steps and lists; or @hourly, @daily,
// @midnight, @weekly, @monthly, @yearly, @annually. When both days are restricted, either will do.
//
// When the clocks are put forward, the times that are left out run once, at the moment of the
// change; when they are put back, the times that come twice run the first time only. An expression
// that takes every hour goes by the minutes that pass, and so sees neither.
class Cron {
public:
  // Throws bad_input, code "cron-syntax".
  [[nodiscard]] static Cron parse(std::string_view text);

  // The first moment after `when`; none when the calendar ends before it.
  [[nodiscard]] std::optional<Instant> next(Instant when, const TimeZone& zone) const;

private:
  using LocalMinutes = std::chrono::local_time<std::chrono::minutes>;

  [[nodiscard]] bool takes(std::chrono::local_days day) const;
  // The first one that is not before `from`, and before `end`.
  [[nodiscard]] std::optional<LocalMinutes> first_match(LocalMinutes from, LocalMinutes end) const;
  [[nodiscard]] bool is_possible() const;
  void read_field(std::size_t index, std::string_view text);

  std::bitset<60> m_minutes;
  std::bitset<24> m_hours;
  std::bitset<32> m_days;      // of the month, from 1
  std::bitset<13> m_months;    // from 1
  std::bitset<8> m_weekdays;   // 0 is Sunday, 7 unused
  bool m_has_all_days = false; // the field begins with a star
  bool m_has_all_weekdays = false;
};

} // namespace menacedb
