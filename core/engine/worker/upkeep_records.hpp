#pragma once

#include "core/config/settings.hpp"
#include "core/os/fs.hpp"

#include <string>
#include <vector>

namespace menacedb {

// The last run of one task, as workers keep it in .upkeep of the directory queue: so that one that
// ends when it is idle and is started again keeps to the schedule, and for `status`.
struct UpkeepRecord {
  std::string task;
  Instant ended_at;
  bool is_ok = true;
  std::string text; // what was done, or why not
};

[[nodiscard]] std::string upkeep_records_path(const Settings& settings);
// Whoever holds it is at work. Nothing rests on it: to do the same twice is only a waste.
[[nodiscard]] std::string upkeep_lock_path(const Settings& settings);

// None when nothing was done yet. Lines that cannot be read are left out.
[[nodiscard]] std::vector<UpkeepRecord> read_upkeep_records(Fs& fs, const Settings& settings);
// Takes the place of the task's record before it.
void write_upkeep_record(Fs& fs, const Settings& settings, const UpkeepRecord& record);

} // namespace menacedb
