#pragma once

#include "core/engine/worker/upkeep_schedule.hpp"
#include "core/os/background_thread.hpp"
#include "core/os/file_lock.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// Does the tasks of a schedule, one at a time and each on a thread of its own, so that whoever
// applies entries never waits for them. What a task does to the log, to .upkeep and to the
// schedule is done between passes, by turn(). A task that fails is logged and recorded, tried
// again later, and harms nothing else. Where several processes have the same directory queue, one
// of them does a task. Not thread-safe, except that the log must be.
class Upkeep {
public:
  Upkeep(Fs& fs, Clock& clock); // both are borrowed, and used by the threads
  // As stop().
  ~Upkeep();
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

  // What is done from now on, and by which settings; copies are kept. A task that runs goes on by
  // those it began with.
  void configure(const Settings& settings, const Log& log, std::vector<UpkeepTask> tasks);
  // Takes in what has ended, and begins what is due. Throws nothing but bugs.
  void turn();
  // When turn() should be called again at the latest; none: there is nothing that could be due.
  [[nodiscard]] std::optional<Duration> next_wake() const;
  [[nodiscard]] bool is_running() const noexcept { return m_run != nullptr; }
  // Tells a task that runs to end, and waits for it. It counts as not done.
  void stop();

private:
  // One run of one task, and all that its thread uses.
  struct Run {
    UpkeepTask task;
    std::shared_ptr<const Settings> settings;
    Log log;
    FileLock lock;
    StopFlag stop{};
    UpkeepDone done{};
    std::atomic<bool> has_ended{false};
    std::optional<BackgroundThread> thread{}; // last: it uses the others
  };

  void begin(const UpkeepTask& task);
  void work(Run& run);
  void collect();
  void conclude(const std::string& task, const UpkeepDone& done);
  void log_outcome(const std::string& task, const UpkeepDone& done);

  Fs& m_fs;
  Clock& m_clock;
  std::shared_ptr<const Settings> m_settings;
  Log m_log;
  std::optional<UpkeepSchedule> m_schedule;
  std::map<std::string, std::string> m_faults; // by task: logged once, not with each try
  std::unique_ptr<Run> m_run;
};

} // namespace menacedb
