#pragma once

#include "core/db/database.hpp"
#include "core/os/stop.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace menacedb {

// While it lives, a long statement of a connection can be watched and stopped: SQLite looks through
// a whole file in one step and says nothing meanwhile. A thread of its own reports how many bytes
// this process has read since, ten times a second, and interrupts the connection when a stop is
// requested.
class LongRead {
public:
  // `progress` is called from the other thread only; it may be empty.
  LongRead(const Database& database, const StopFlag& stop, std::function<void(Bytes)> progress);
  ~LongRead();
  LongRead(const LongRead&) = delete;
  LongRead& operator=(const LongRead&) = delete;

private:
  void watch(const std::stop_token& end);

  const Database& m_database;
  const StopFlag& m_stop;
  std::function<void(Bytes)> m_progress;
  Bytes m_first = 0;
  std::mutex m_mutex; // for the wait alone
  std::condition_variable_any m_ended;
  std::jthread m_thread; // last: it uses the others
};

} // namespace menacedb
