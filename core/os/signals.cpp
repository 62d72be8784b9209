#include "core/os/signals.hpp"

#include <atomic>
#include <cassert>

namespace menacedb {

namespace {

// A handler gets no argument of ours, so these two are the only mutable globals of the program.
std::atomic<StopFlag*> g_stop{nullptr};
std::atomic<int> g_caught{0};
static_assert(std::atomic<StopFlag*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void handle_stop_signal(int signal) {
  int none = 0;
  if (!g_caught.compare_exchange_strong(none, signal)) {
    // Blocked until this handler returns, then deadly.
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    return;
  }
  if (StopFlag* const stop = g_stop.load()) {
    stop->request();
  }
}

} // namespace

SignalGuard::SignalGuard(StopFlag& stop) : m_saved{{{SIGINT}, {SIGTERM}, {SIGPIPE}}} {
  assert(g_stop.load() == nullptr);
  g_caught.store(0);
  g_stop.store(&stop);
  for (Saved& saved : m_saved) {
    ::sigaction(saved.signal, nullptr, &saved.action);
    const bool is_ignored =
        (saved.action.sa_flags & SA_SIGINFO) == 0 && saved.action.sa_handler == SIG_IGN;
    if (!is_ignored) {
      struct sigaction action {};
      action.sa_handler = saved.signal == SIGPIPE ? SIG_IGN : handle_stop_signal;
      ::sigaction(saved.signal, &action, nullptr); // without SA_RESTART: waits end early
    }
  }
}

SignalGuard::~SignalGuard() {
  for (const Saved& saved : m_saved) {
    ::sigaction(saved.signal, &saved.action, nullptr);
  }
  g_stop.store(nullptr);
}

int SignalGuard::caught() noexcept {
  return g_caught.load();
}

} // namespace menacedb
