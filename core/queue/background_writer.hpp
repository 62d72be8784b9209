#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace menacedb {

// Hands bytes to a thread of its own that writes them, in order, while the caller goes on. The
// thread starts with the first bytes. What is on its way is bounded: put() waits when there is too
// much of it. `write` must not throw. Everything is written when flush() or the destructor returns.
class BackgroundWriter {
public:
  explicit BackgroundWriter(std::function<void(std::string_view)> write);
  ~BackgroundWriter();
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  void put(std::string_view bytes);
  void flush();

private:
  void run(const std::stop_token& stop);

  std::function<void(std::string_view)> m_write;
  std::mutex m_mutex; // guards the members up to m_is_writing
  std::condition_variable_any m_has_changed;
  std::deque<std::string> m_waiting;
  std::string m_spare; // memory to use again
  std::size_t m_waiting_bytes = 0;
  bool m_is_writing = false;
  std::jthread m_thread; // last: it uses all of the above
};

} // namespace menacedb
