#pragma once

#include "core/os/stop.hpp"

namespace menacedb {

// While it lives, SIGINT and SIGTERM set `stop` instead of ending the process (a second one ends it
// at once), and the earlier handlers come back on destruction. SIGPIPE is ignored. One at a time.
class SignalGuard {
public:
  explicit SignalGuard(StopFlag& stop);
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  // The signal that set the flag, or 0; the exit status is then 128 + signal.
  [[nodiscard]] static int caught() noexcept;
};

} // namespace menacedb
