#pragma once

#include "core/base/time.hpp"

#include <chrono>
#include <poll.h>
#include <signal.h>
#include <span>

namespace menacedb {

// While it lives, keeps SIGINT, SIGTERM and SIGHUP from arriving between the look at a stop flag
// and the wait, which ends on them.
class BlockedSignals {
public:
  BlockedSignals() {
    sigset_t blocked;
    ::sigemptyset(&blocked);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      ::sigaddset(&blocked, signal);
    }
    ::pthread_sigmask(SIG_BLOCK, &blocked, &m_original);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &m_original, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  // ppoll with the signals let through: how many of the inputs are ready, or -1 for a signal.
  [[nodiscard]] int wait(std::span<pollfd> inputs, Duration patience) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
    timespec timeout{};
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = std::chrono::nanoseconds(patience - seconds).count();
    return ::ppoll(inputs.data(), inputs.size(), &timeout, &m_original);
  }

private:
  sigset_t m_original;
};

// While it lives, no signal reaches this thread.
class AllSignalsBlocked {
public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &m_original);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &m_original, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

private:
  sigset_t m_original;
};

} // namespace menacedb
