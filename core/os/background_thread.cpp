#include "core/os/background_thread.hpp"

#include "core/os/blocked_signals.hpp"

#include <sys/resource.h>

#include <utility>

namespace menacedb {
namespace {

constexpr int k_niceness = 5; // a third of the usual weight

} // namespace

BackgroundThread::BackgroundThread(std::function<void()> body) {
  const AllSignalsBlocked blocked; // a thread begins with the mask of the one that makes it
  m_thread = std::jthread([body = std::move(body)] {
    const int before = ::getpriority(PRIO_PROCESS, 0);   // of this thread alone, on Linux
    ::setpriority(PRIO_PROCESS, 0, before + k_niceness); // best effort
    body();
  });
}

} // namespace menacedb
