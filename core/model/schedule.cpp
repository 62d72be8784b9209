#include "core/model/schedule.hpp"

namespace menacedb {

std::optional<Instant> Schedule::next(Instant when) const {
  if (const auto* const local = std::get_if<Local>(&m_timing)) {
    return local->cron.next(when, local->zone);
  }
  const auto every = std::get<Duration>(m_timing);
  const Duration since = when.time_since_epoch();
  Duration ticks = since - since % every;
  ticks -= since % every < Duration::zero() ? every : Duration::zero();
  return ticks > Duration::max() - every ? std::nullopt : std::optional(Instant(ticks + every));
}

} // namespace menacedb
