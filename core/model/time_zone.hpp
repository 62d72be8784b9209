#pragma once

#include "core/base/time.hpp"
#include "core/os/fs.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What the clocks of one place show: the system's time zone database (TZif files, RFC 8536, with
// the rule at their end for the years beyond their tables). Immutable, cheap to copy.
class TimeZone {
public:
  // Of Instant::time_since_epoch, in which the clocks differ from UTC by the same amount.
  struct Period {
    std::chrono::sys_seconds begin; // sys_seconds::min(): it was ever so
    std::chrono::sys_seconds end;   // sys_seconds::max(): for ever
    std::chrono::seconds offset{};  // local time minus UTC
  };

  [[nodiscard]] static TimeZone utc();
  // "UTC", or the name of a file below `directory`. Throws bad_input, code "time-zone".
  [[nodiscard]] static TimeZone load(Fs& fs, const std::string& name,
                                     const std::string& directory = "/usr/share/zoneinfo");
  // The content of such a file; none when it is not one.
  [[nodiscard]] static std::optional<TimeZone> parse(std::string_view content);

  [[nodiscard]] Period period_at(std::chrono::sys_seconds when) const;

private:
  struct Transition {
    std::int64_t at = 0;
    std::int32_t offset = 0; // from then on
  };
  // "M3.5.0/2": the day in a year on which the offset changes, and the time of that day.
  struct RuleDay {
    enum class Kind { julian, day_of_year, month_week } kind = Kind::month_week;
    int day = 0; // of the year, or of the week
    int week = 0;
    int month = 0;
    int seconds = 2 * 3600;
  };
  struct Rule {
    std::int32_t standard = 0;
    std::int32_t summer = 0;
    bool has_summer = false;
    RuleDay begin; // of the summer
    RuleDay end;
  };
  class RuleReader;
  class FileReader;

  [[nodiscard]] static std::int64_t day_in(int year, const RuleDay& day);
  [[nodiscard]] std::array<Transition, 2> changes_in(int year) const;
  [[nodiscard]] Period ruled_period(std::int64_t when) const;

  std::int32_t m_first_offset = 0; // before the first transition
  std::vector<Transition> m_transitions;
  std::optional<Rule> m_rule; // after the last one
};

} // namespace menacedb
