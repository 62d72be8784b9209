#include "core/engine/jobs/job_places.hpp"

#include "core/engine/database_options.hpp"
#include "core/engine/places.hpp"
#include "core/engine/retry_busy.hpp"
#include "core/os/process_identity.hpp"
#include "core/queue/job_clock.hpp"
#include "core/queue/job_schema.hpp"

#include <algorithm>

namespace menacedb {

std::string job_database_path(const Settings& settings) {
  const std::string& path = settings.text("jobs.database");
  return path.empty() ? shared_database_path(settings) : path;
}

JobStoreOptions job_store_options(const Settings& settings, const std::string& path) {
  JobStoreOptions options;
  options.path = path;
  options.busy_timeout = settings.duration("databases.busy_timeout");
  options.lock_patience = writer_patience(settings);
  options.cache_size = settings.bytes("databases.cache_size");
  options.wal_limit = settings.bytes("databases.wal_limit");
  options.is_durable = settings.text("queue.durability") == "power";
  return options;
}

std::optional<Database> open_jobs_to_read(const Context& context, const std::string& path) {
  if (!context.fs.stat(path)) {
    return std::nullopt;
  }
  Database database(path, reader_options(context.settings), context.clock, context.stop);
  return has_job_table(database) ? std::optional(std::move(database)) : std::nullopt;
}

std::vector<std::optional<std::int64_t>> add_jobs(const Context& context, JobStore& store,
                                                  std::span<const NewJob> jobs) {
  const bool has_delay =
      std::ranges::any_of(jobs, [](const NewJob& job) { return job.not_before.has_value(); });
  std::vector<std::optional<std::int64_t>> ids;
  retry_busy(context, [&] {
    if (jobs.size() == 1 && !has_delay) {
      ids = {store.change([&](JobTable& table) { return table.add(jobs.front()); })};
      return;
    }
    JobClock clock(store.database(), context.clock, has_delay ? machine_identity() : "");
    store.write([&](JobTable& table) {
      if (has_delay && !clock.is_kept()) {
        clock.keep();
      }
      ids = table.add(jobs);
    });
  });
  return ids;
}

} // namespace menacedb
