#pragma once

#include <functional>
#include <thread>

namespace menacedb {

// A thread for work that can wait: it gets a smaller share of a busy processor, and no signals, so
// that those of the process find the thread that handles them. The share is not the smallest,
// since this work takes locks, too, that others wait for. `body` must not throw. The destructor
// waits for its end.
class BackgroundThread {
public:
  explicit BackgroundThread(std::function<void()> body);

private:
  std::jthread m_thread;
};

} // namespace menacedb
