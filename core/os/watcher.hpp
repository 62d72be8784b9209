#pragma once

#include "core/base/time.hpp"
#include "core/os/fd.hpp"
#include "core/os/fs.hpp"
#include "core/os/stop.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
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
  // What happens to a file that counts.
  enum class Events {
    arrivals, // it is written, created or renamed into the directory
    finished, // it is closed after writing, comes or goes by another name, or its rights change
  };

  explicit Watcher(std::string directory, Filter counts = {});
  explicit Watcher(std::vector<std::string> directories, Filter counts = {},
                   Events events = Events::arrivals);

  // Returns true as soon as something counted happened in a directory since the last call, or a
  // directory was replaced; false when `patience` passed or `stop` was set first. SIGINT, SIGTERM
  // and SIGHUP end the wait early; a stop by another thread is seen when the patience ends. Events
  // are coalesced. When not watching by inotify, returns true after at most one second.
  [[nodiscard]] bool wait(Duration patience, const StopFlag& stop);
  // The same for several at once; take() of each then says which it was.
  [[nodiscard]] static bool wait_any(std::span<Watcher* const> watchers, Duration patience,
                                     const StopFlag& stop);
  // Without waiting: whether something happened since the last true answer.
  [[nodiscard]] bool take();
  [[nodiscard]] bool is_polling() const noexcept { return m_is_polling; }
  // Readable when wait() or take() may have something to tell, for whoever waits for other things
  // as well; -1 while polling. It changes with each call of these.
  [[nodiscard]] int descriptor() const noexcept { return m_is_polling ? -1 : m_inotify.get(); }

private:
  enum class Seen { nothing, change, loss };
  struct Target {
    std::string path;
    std::optional<FileId> watched; // what the watch is on; none: it was not there
  };
  struct Watched {
    bool is_target = false;
    std::string path;
    std::vector<std::string> names; // below it, whose coming and going matters
  };
  using SteadyTime = std::chrono::steady_clock::time_point;

  void watch();
  [[nodiscard]] bool watch_all();
  [[nodiscard]] bool watch_chain(Target& target);
  [[nodiscard]] bool add(const std::string& path, std::uint32_t events, std::string_view name);
  void look(bool is_over);
  [[nodiscard]] Seen drain_events();
  [[nodiscard]] bool is_counted(const Watched& watched, std::uint32_t mask, const char* name) const;
  [[nodiscard]] bool has_moved() const;

  std::vector<Target> m_targets;
  Filter m_counts;
  Events m_events;
  Fd m_inotify;
  std::map<int, Watched> m_watches; // by watch descriptor
  bool m_is_polling = true;
  SteadyTime m_polled_at{};
  bool m_has_news = false;
};

} // namespace menacedb
