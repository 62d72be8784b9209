#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace menacedb {

// Runs jobs on a thread of its own, in order, while the caller goes on. The thread starts with the
// first job. How much is on its way is bounded: put() waits when there is too much of it. Jobs must
// not throw. Everything is done when flush() or the destructor returns.
class BackgroundJobs {
public:
  using Job = std::function<void()>;

  // `most` is the sum of the sizes of the jobs that may wait.
  explicit BackgroundJobs(std::size_t most);
  ~BackgroundJobs();
  BackgroundJobs(const BackgroundJobs&) = delete;
  BackgroundJobs& operator=(const BackgroundJobs&) = delete;

  void put(std::size_t size, Job job);
  void flush();

private:
  struct Waiting {
    std::size_t size;
    Job job;
  };

  void run(const std::stop_token& stop);

  std::size_t m_most;
  std::mutex m_mutex; // guards the members up to m_is_running
  std::condition_variable_any m_has_changed;
  std::deque<Waiting> m_waiting;
  std::size_t m_size = 0; // of those that wait and the one that runs
  bool m_is_running = false;
  std::jthread m_thread; // last: it uses all of the above
};

} // namespace menacedb
