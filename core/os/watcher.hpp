#pragma once

#include "core/base/time.hpp"
#include "core/os/fd.hpp"
#include "core/os/fs.hpp"
#include "core/os/stop.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Tells that something changed in one of several directories: inotify, or where that fails a poll
// each second. Sleeps without waking up in between: a directory that is moved away, deleted,
// replaced or not there yet is noticed by watching the folders above it as well (only a mount over
// it is not, until the patience ends). Watches from construction on: construct it before the first
// look at the directories, or changes between are missed. Used by one thread.
class Watcher {
public:
  // Which files count; by default all. A drain names those that it does not write itself.
  using Filter = std::function<bool(std::string_view name)>;

  explicit Watcher(std::string directory, Filter counts = {});
  explicit Watcher(std::vector<std::string> directories, Filter counts = {});

  // Returns true as soon as a file in a directory was written, created or renamed since the last
  // call, or a directory was replaced; false when `patience` passed or `stop` was set first.
  // SIGINT, SIGTERM and SIGHUP end the wait early; a stop by another thread is seen when the
  // patience ends. Events are coalesced. When not watching by inotify, returns true after at most
  // one second.
  [[nodiscard]] bool wait(Duration patience, const StopFlag& stop);
  [[nodiscard]] bool is_polling() const noexcept { return m_is_polling; }
  // Readable when wait() may have something to tell, for whoever waits for other things as well;
  // -1 while polling. It changes with each call of wait().
  [[nodiscard]] int descriptor() const noexcept { return m_is_polling ? -1 : m_inotify.get(); }

private:
  enum class Seen { nothing, change, loss };
  struct Target {
    std::string path;
    std::optional<FileId> watched; // what the watch is on; none: it was not there
  };
  struct Watched {
    bool is_target = false;
    std::vector<std::string> names; // below it, whose coming and going matters
  };

  void watch();
  [[nodiscard]] bool watch_all();
  [[nodiscard]] bool watch_chain(Target& target);
  [[nodiscard]] bool add(const std::string& path, std::uint32_t events, std::string_view name);
  [[nodiscard]] Seen drain_events();
  [[nodiscard]] bool has_moved() const;

  std::vector<Target> m_targets;
  Filter m_counts;
  Fd m_inotify;
  std::map<int, Watched> m_watches; // by watch descriptor
  bool m_is_polling = true;
};

} // namespace menacedb
