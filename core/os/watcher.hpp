#pragma once

#include "core/base/time.hpp"
#include "core/os/fd.hpp"
#include "core/os/fs.hpp"
#include "core/os/stop.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Tells that something changed in a directory: inotify, or where that fails a poll each second.
// A directory that is moved away or deleted is noticed, and watched again when it is back. Watches
// from construction on: construct it before the first look at the directory, or changes between
// are missed. Used by one thread.
class Watcher {
public:
  // Which files count; by default all. A drain names those that it does not write itself.
  using Filter = std::function<bool(std::string_view name)>;

  explicit Watcher(std::string directory, Filter counts = {});

  // Returns true as soon as a file in the directory was written, created or renamed since the last
  // call, false when `patience` passed or `stop` was set first. SIGINT and SIGTERM end the wait
  // early, a stop by another thread ends it within a second. Events are coalesced. When not
  // watching by inotify, returns true after at most one second.
  [[nodiscard]] bool wait(Duration patience, const StopFlag& stop);
  [[nodiscard]] bool is_polling() const noexcept { return m_watch < 0; }

private:
  enum class Seen { nothing, change, loss };

  void watch();
  void unwatch();
  [[nodiscard]] Seen drain_events();
  [[nodiscard]] bool has_moved() const;

  std::string m_directory;
  Filter m_counts;
  Fd m_inotify;
  int m_watch = -1;
  FileId m_watched; // the directory behind m_watch
};

} // namespace menacedb
