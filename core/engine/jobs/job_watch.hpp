#pragma once

#include "core/os/clock.hpp"
#include "core/os/watcher.hpp"

#include <string>

namespace menacedb {

// Tells when it is worth a look whether somebody wrote to a database: by its files' folder, since
// SQLite wakes nobody. A commit is seen a moment after its bytes are, so that a change that is not
// known to be over is followed by some looks; where many others write, looks that find nothing grow
// rare, up to five a second. Without changes there are none. Used by one thread.
class JobWatch {
public:
  // Watches from here on.
  JobWatch(Clock& clock, const std::string& database);

  // Takes in what happened; whether to look now.
  [[nodiscard]] bool is_look_due(const StopFlag& stop);
  // What came of a look; `is_settled`: what was written before it is committed or void
  // (core/db/unfinished_write.hpp), so that there is nothing to follow.
  void note(bool has_found, bool is_settled);
  // When to ask is_look_due() again, without further changes; Duration::max() for never.
  [[nodiscard]] Duration next_look() const; // monotonic
  // To be waited for, for the time at hand; null when a change would be no reason to look yet.
  [[nodiscard]] Watcher* files();

private:
  Clock& m_clock;
  Watcher m_files;
  Duration m_changed_at{}; // monotonic, as the following
  Duration m_look_at{};    // the next one of those that follow a change
  Duration m_earliest{};   // no look before
  unsigned m_vain = 0;     // first looks after a change, in a row
};

} // namespace menacedb
