#pragma once

#include "core/os/child_process.hpp"
#include "core/os/stop.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

struct pollfd;

namespace menacedb {

// Many programs that run at the same time, watched by one thread: that which started them, which
// must live as long as they do.
class ChildProcesses {
public:
  struct Ended {
    std::int64_t id = 0;
    ChildEnd end;
  };

  explicit ChildProcesses(Clock& clock) : m_clock(clock) {}

  // Throws as ChildProcess does. `id` is the caller's name for it, none that runs now.
  void start(std::int64_t id, const ChildCommand& command);
  void stop(std::int64_t id);
  void stop_all();
  [[nodiscard]] bool is_empty() const noexcept { return m_running.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return m_running.size(); }

  // Reads what they say and keeps their deadlines until one ends, one of `others` (descriptors; -1
  // for none) is readable, a signal comes, `stop` is set or `patience` passed. Those that ended.
  [[nodiscard]] std::vector<Ended> wait(Duration patience, const StopFlag& stop,
                                        std::span<const int> others = {});

private:
  [[nodiscard]] std::vector<Ended> look(std::span<const pollfd> inputs);
  [[nodiscard]] Duration keep_deadlines();

  Clock& m_clock;
  std::map<std::int64_t, ChildProcess> m_running;
};

} // namespace menacedb
