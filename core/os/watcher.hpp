#pragma once

#include "core/base/time.hpp"
#include "core/os/fd.hpp"
#include "core/os/stop.hpp"

#include <string>

namespace menacedb {

// Tells that something changed in a directory: inotify, or where that fails a poll each interval.
// A directory that is moved away or deleted is noticed, and watched again when it is back.
class Watcher {
public:
  explicit Watcher(std::string directory);

  // Returns true as soon as a file in the directory was written, created or renamed since the last
  // call, false when `patience` passed or `stop` was set first. Signals end the wait early. Events
  // are coalesced. When not watching by inotify, returns true after at most one second.
  [[nodiscard]] bool wait(Duration patience, const StopFlag& stop);
  [[nodiscard]] bool is_polling() const noexcept { return !m_inotify; }

private:
  void watch();
  bool drain_events(); // true when the watch itself was lost

  std::string m_directory;
  Fd m_inotify;
  int m_watch = -1;
};

} // namespace menacedb
