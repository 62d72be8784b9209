#pragma once

#include "core/os/stop.hpp"

#include <array>
#include <signal.h>

namespace menacedb {

// What a second signal of those that end the process does.
enum class SecondSignal { ends, counts_as_one };

// While it lives, SIGINT and SIGTERM set `stop` instead of ending the process (a second one ends it
// at once, unless told otherwise), and the earlier handlers come back on destruction. SIGPIPE is
// ignored. A signal that was ignored before stays ignored, as nohup and the shell's `&` expect. One
// at a time.
class SignalGuard {
public:
  explicit SignalGuard(StopFlag& stop, SecondSignal second = SecondSignal::ends);
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

// While it lives, SIGHUP asks for a reload: take() says so, and `wake` is set, too, so that what
// waits or works comes back soon. One at a time.
class HangupGuard {
public:
  explicit HangupGuard(StopFlag& wake);
  ~HangupGuard();
  HangupGuard(const HangupGuard&) = delete;
  HangupGuard& operator=(const HangupGuard&) = delete;

  // Whether SIGHUP came since the last call.
  [[nodiscard]] static bool take() noexcept;

private:
  struct sigaction m_saved {};
};

} // namespace menacedb
