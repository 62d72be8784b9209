#pragma once

#include "core/engine/jobs/job_schedules.hpp"
#include "core/engine/jobs/job_watch.hpp"
#include "core/queue/job_lookup.hpp"
#include "core/queue/job_recovery.hpp"
#include "core/queue/job_store.hpp"

#include <optional>
#include <string>

namespace menacedb {

// An open job table, with all that a runner does with it. It is opened anew when the file was
// replaced: what is written to the old one would be lost.
struct ServedJobTable {
  JobStore store;
  JobLookup lookup;
  JobRecovery recovery;
  JobSchedules schedules;
  JobWatch watch;
  std::optional<FileStat> file;

  ServedJobTable(Fs& fs, Clock& clock, const StopFlag& stop, const JobStoreOptions& options)
      : store(fs, clock, stop, options),
        lookup(store.database()),
        recovery(store, clock),
        schedules(store),
        watch(clock, options.path),
        file(fs.stat(real_database_path(options.path))) {}

  [[nodiscard]] bool is_replaced(Fs& fs) {
    const auto now = fs.stat(real_database_path(store.database().path()));
    return !now || !file || now->id != file->id;
  }
};

} // namespace menacedb
