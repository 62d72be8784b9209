#pragma once

#include "core/os/stop.hpp"

#include <array>
#include <signal.h>

namespace menacedb {

// While it lives, SIGINT and SIGTERM set `stop` instead of ending the process (a second one ends it
// at once), and the earlier handlers come back on destruction. SIGPIPE is ignored. A signal that
// was ignored before stays ignored, as nohup and the shell's `&` expect. One at a time.
class SignalGuard {
public:
  explicit SignalGuard(StopFlag& stop);
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  // The signal that set the flag of the latest guard, or 0; the exit status is then 128 + signal.
  [[nodiscard]] static int caught() noexcept;

private:
  struct Saved {
    int signal = 0;
    struct sigaction action {};
  };
  std::array<Saved, 3> m_saved;
};

} // namespace menacedb
