#pragma once

#include "core/engine/context.hpp"

#include <map>
#include <string>

namespace menacedb {

// Keeps WALs small for a worker: one that has grown beyond [databases] wal_limit is checkpointed,
// and when a reader keeps it from that, the log names it, once for the same readers. Drains
// checkpoint what they write themselves; this one is for what other programs wrote, and for WALs
// that were pinned at the time. Costs a look at the files now and then, more often while there is
// work or a WAL is large. Not thread-safe.
class WalWatch {
public:
  explicit WalWatch(Clock& clock) : m_clock(clock), m_look_at(clock.monotonic()) {}

  // Somebody wrote: look again soon.
  void note_work();
  // Does what is due. Throws nothing but bugs: what fails is logged and tried again.
  void turn(const Context& context);
  [[nodiscard]] Duration next_wake() const;

private:
  void look_at(const Context& context, const std::string& path);
  void say(const Context& context, const std::string& path, std::string what);

  Clock& m_clock;
  Duration m_look_at;                         // monotonic
  std::map<std::string, std::string> m_large; // by path: what was logged of it
};

} // namespace menacedb
