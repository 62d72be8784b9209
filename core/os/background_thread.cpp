#include "core/os/background_thread.hpp"

#include <sys/resource.h>

#include <signal.h>
#include <utility>

namespace menacedb {
namespace {

constexpr int k_niceness = 5; // a third of the usual weight

// A thread begins with the mask of the one that makes it.
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

} // namespace

BackgroundThread::BackgroundThread(std::function<void()> body) {
  const AllSignalsBlocked blocked;
  m_thread = std::jthread([body = std::move(body)] {
    const int before = ::getpriority(PRIO_PROCESS, 0);   // of this thread alone, on Linux
    ::setpriority(PRIO_PROCESS, 0, before + k_niceness); // best effort
    body();
  });
}

} // namespace menacedb
