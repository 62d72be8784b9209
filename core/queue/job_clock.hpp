#pragma once

#include "core/db/database.hpp"
#include "core/os/clock.hpp"

#include <string>

namespace menacedb {

// Carries jumps of the wall clock into a job table: the table remembers a pair of wall time and
// monotonic time of a machine, and when the two have drifted apart since, the times that count in
// sync_jobs are moved along. A clock that was set back then makes no delayed job wait longer than
// it was asked to, and one that was set forward (or a machine that slept) ends no lease. Times at
// which something shall happen by the clock on the wall (unique keys that begin with "schedule:")
// stay. Not thread-safe.
class JobClock {
public:
  JobClock(Database& database, Clock& clock, std::string machine);

  // Whether there is nothing to do; takes no lock.
  [[nodiscard]] bool is_kept();
  // Moves what is to be moved, once however many processes see the jump. Inside the caller's
  // transaction.
  void keep();

private:
  struct Pair { // of this machine
    Instant wall;
    Duration monotonic;
  };
  [[nodiscard]] std::optional<Pair> remembered();
  [[nodiscard]] Duration jump_since(const Pair& pair);
  void move_times(Duration jump);

  Database& m_database;
  Clock& m_clock;
  std::string m_machine;
};

} // namespace menacedb
