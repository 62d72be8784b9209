#pragma once

#include "core/os/clock.hpp"
#include "core/os/stop.hpp"

#include <cstdint>

namespace menacedb {

// The wait for a lock SQLite reports as busy: short sleeps, growing with jitter from 0.2 ms to
// 25 ms, until the deadline passes or a stop is requested. `clock` and `stop` must outlive it.
class BusyWait {
public:
  BusyWait(Clock& clock, const StopFlag& stop, Duration patience);

  // True: try again. False: give up. `attempt` counts from 0 for each new wait.
  [[nodiscard]] bool again(int attempt);
  // Of the latest wait, as far as it came; zero after restart().
  [[nodiscard]] Duration waited() const noexcept { return m_waited; }
  void restart() noexcept { m_waited = Duration::zero(); }
  void set_patience(Duration patience) noexcept { m_patience = patience; }

private:
  [[nodiscard]] Duration next_sleep(int attempt);

  Clock* m_clock;
  const StopFlag* m_stop;
  Duration m_patience;
  Duration m_started{};
  Duration m_waited{};
  std::uint64_t m_random;
};

} // namespace menacedb
