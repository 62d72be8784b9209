#pragma once

#include "core/engine/context.hpp"
#include "core/os/watcher.hpp"

#include <map>
#include <optional>
#include <string>

namespace menacedb {

// Keeps WALs small for a worker: one that has grown beyond [databases] wal_limit is checkpointed,
// and when a reader keeps it from that, the log names it, once for the same readers. Drains
// checkpoint what they write themselves; this one is for what other programs wrote, and for WALs
// that were pinned at the time. Looks at the files whenever the worker is awake, once a second at
// most, and wakes it when a WAL is closed by its writer; by time only while one is large, or where
// files cannot be watched. Not thread-safe.
class WalWatch {
public:
  explicit WalWatch(Clock& clock) : m_clock(clock) {}

  // The databases that are looked after from now on.
  void configure(const Settings& settings);
  // Does what is due. Throws nothing but bugs: what fails is logged and tried again.
  void turn(const Context& context);
  // Duration::max(): when something happens.
  [[nodiscard]] Duration next_wake() const;
  // To be waited for; null where that would be a poll.
  [[nodiscard]] Watcher* files();

private:
  void look(const Context& context);
  void look_at(const Context& context, const std::string& path);
  void say(const Context& context, const std::string& path, std::string what);

  Clock& m_clock;
  std::optional<Watcher> m_files;
  Duration m_looked_at = Duration::min();     // monotonic, as the following
  Duration m_look_at{};                       // by time
  std::map<std::string, std::string> m_large; // by path: what was logged of it
};

} // namespace menacedb
