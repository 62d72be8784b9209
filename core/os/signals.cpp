#include "core/os/signals.hpp"

#include <atomic>
#include <cassert>

namespace menacedb {

namespace {

// A handler gets no argument of ours, so these are the only mutable globals of the program.
std::atomic<StopFlag*> g_stop{nullptr};
std::atomic<int> g_caught{0};
std::atomic<bool> g_second_ends{true};
std::atomic<StopFlag*> g_wake{nullptr};
std::atomic<bool> g_has_hangup{false};
static_assert(std::atomic<StopFlag*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void handle_stop_signal(int signal) {
  int none = 0;
  if (!g_caught.compare_exchange_strong(none, signal) && g_second_ends.load()) {
    // Blocked until this handler returns, then deadly.
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    return;
  }
  if (StopFlag* const stop = g_stop.load()) {
    stop->request();
  }
}

void handle_hangup(int) {
  g_has_hangup.store(true);
  if (StopFlag* const wake = g_wake.load()) {
    wake->request();
  }
}

} // namespace

SignalGuard::SignalGuard(StopFlag& stop, SecondSignal second)
    : m_saved{{{SIGINT}, {SIGTERM}, {SIGPIPE}}} {
  assert(g_stop.load() == nullptr);
  g_caught.store(0);
  g_second_ends.store(second == SecondSignal::ends);
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

HangupGuard::HangupGuard(StopFlag& wake) {
  assert(g_wake.load() == nullptr);
  g_has_hangup.store(false);
  g_wake.store(&wake);
  struct sigaction action {};
  action.sa_handler = handle_hangup; // also under nohup: it is asked for by name
  ::sigaction(SIGHUP, &action, &m_saved);
}

HangupGuard::~HangupGuard() {
  ::sigaction(SIGHUP, &m_saved, nullptr);
  g_wake.store(nullptr);
}

bool HangupGuard::take() noexcept {
  return g_has_hangup.exchange(false);
}

} // namespace menacedb
