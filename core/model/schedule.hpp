#pragma once

#include "core/base/time.hpp"
#include "core/model/cron.hpp"
#include "core/model/time_zone.hpp"

#include <optional>
#include <variant>

namespace menacedb {

// When something that is done again and again is due: at each multiple of an interval since 1970,
// or as a cron expression says. The same for every process that asks.
class Schedule {
public:
  explicit Schedule(Duration every) : m_timing(every) {} // more than zero
  Schedule(Cron cron, TimeZone zone) : m_timing(Local{cron, std::move(zone)}) {}

  // The first moment after `when`; none when there is none left.
  [[nodiscard]] std::optional<Instant> next(Instant when) const;
  [[nodiscard]] bool is_tick(Instant when) const { return next(when - Duration(1)) == when; }

private:
  struct Local {
    Cron cron;
    TimeZone zone;
  };
  std::variant<Duration, Local> m_timing;
};

} // namespace menacedb
