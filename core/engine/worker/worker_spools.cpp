#include "core/engine/worker/worker_spools.hpp"

#include "core/db/database.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/places.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr std::string_view k_lock_name = ".worker.lock";
constexpr std::string_view k_state_name = ".worker.state";

WorkerSpool jsonl_spool(const std::string& directory) {
  const std::string sealed = join_path(directory, "sealed");
  return {.format = WorkerSpool::Format::jsonl,
          .directory = directory,
          .arrivals = directory,
          .lock = join_path(sealed, k_lock_name),
          .state = join_path(sealed, k_state_name),
          .pid = {}};
}

WorkerSpool dir_spool(const std::string& directory) {
  return {.format = WorkerSpool::Format::dir,
          .directory = directory,
          .arrivals = join_path(directory, "pending"),
          .lock = join_path(directory, k_lock_name),
          .state = join_path(directory, k_state_name),
          .pid = join_path(directory, "worker.pid")};
}

// Beside the database, as its writer lock is.
WorkerSpool job_spool(const std::string& database) {
  const std::string path = real_database_path(database);
  return {.format = WorkerSpool::Format::table,
          .directory = database,
          .arrivals = parent_directory(path),
          .lock = path + "-menacedb-jobs.lock",
          .state = path + "-menacedb-jobs.state",
          .pid = {}};
}

DrainOptions row_drain(const Settings& settings) {
  DrainOptions drain;
  drain.database = shared_database_path(settings);
  drain.takes_any_table = settings.origin("databases.shared").kind == "flag";
  drain.decides_in_place = true;
  return drain;
}

} // namespace

std::vector<WorkerSpool> worker_spools(const Settings& settings) {
  std::vector<WorkerSpool> spools;
  for (const std::string& directory : settings.drain_queue_dirs()) {
    spools.push_back(jsonl_spool(directory));
  }
  spools.push_back(dir_spool(settings.text("dir_queue.dir")));
  if (!settings.job_handlers().empty()) {
    spools.push_back(job_spool(job_database_path(settings)));
  }
  return spools;
}

std::string worker_lock_path(const Settings& settings, WorkerSpool::Format format) {
  switch (format) {
  case WorkerSpool::Format::jsonl:
    return jsonl_spool(queue_directory(settings)).lock;
  case WorkerSpool::Format::table:
    return job_spool(job_database_path(settings)).lock;
  case WorkerSpool::Format::dir:
    break;
  }
  return dir_spool(settings.text("dir_queue.dir")).lock;
}

DrainsOptions worker_drains(const Settings& settings, const std::vector<WorkerSpool>& served) {
  DrainsOptions drains;
  for (const WorkerSpool& spool : served) {
    switch (spool.format) {
    case WorkerSpool::Format::jsonl:
      if (!drains.rows) {
        drains.rows = row_drain(settings);
      }
      drains.rows->queue_directories.push_back(spool.directory);
      break;
    case WorkerSpool::Format::dir:
      drains.dir = dir_drain_options(settings);
      drains.dir->goes_on = true;
      break;
    case WorkerSpool::Format::table: // its jobs are run beside the drains
      break;
    }
  }
  if (!served.empty()) { // entries in the job table: any worker may apply them
    drains.table = table_drain_options(settings);
  }
  return drains;
}

} // namespace menacedb
