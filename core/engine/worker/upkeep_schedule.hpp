#pragma once

#include "core/engine/worker/upkeep_records.hpp"
#include "core/engine/worker/upkeep_task.hpp"
#include "core/os/clock.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace menacedb {

// Which task is due, and when the next will be. The wall clock is asked once for each run, to learn
// how long ago another worker had the last one; from there on time is counted by the monotonic
// clock, so that a clock that is set neither hurries the tasks nor holds them up. A task that
// failed is due again after a minute, then after pauses that double up to its usual one. Not
// thread-safe.
class UpkeepSchedule {
public:
  // The clock is borrowed. Tasks that are never due are left out.
  UpkeepSchedule(Clock& clock, std::vector<UpkeepTask> tasks);

  // What the records say of tasks that we have not run ourselves since. To be called before
  // next_due() at least once.
  void learn(const std::vector<UpkeepRecord>& records);
  // The first task that is due now; null: none. Valid as long as the schedule.
  [[nodiscard]] const UpkeepTask* next_due() const;
  // How long until one is due; zero: one is now. None: never.
  [[nodiscard]] std::optional<Duration> wait() const;

  // We ran it ourselves, as this record says.
  void note(const UpkeepRecord& record);
  // Another process does it now: look again in a while.
  void postpone(std::string_view task);

private:
  struct Planned {
    UpkeepTask task;
    Duration due{};               // monotonic
    std::optional<Instant> known; // the end of the last run that we know of, by the records
    unsigned failures = 0;        // in a row
  };

  [[nodiscard]] static Duration pause_after(const Planned& planned);
  [[nodiscard]] Planned* find(std::string_view task);
  void plan(Planned& planned, Duration pause);

  Clock& m_clock;
  std::vector<Planned> m_tasks;
};

} // namespace menacedb
