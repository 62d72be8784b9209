#include "core/engine/jobs/job_purge.hpp"

#include "core/engine/jobs/job_places.hpp"
#include "core/engine/retry_busy.hpp"

namespace menacedb {
namespace {

constexpr std::size_t k_at_once = 500;

} // namespace

std::uint64_t purge_jobs(const Context& context, const std::string& database,
                         const JobPurgeOptions& options) {
  std::uint64_t deleted = 0;
  {
    std::optional<Database> look = open_jobs_to_read(context, database);
    deleted = look ? count_purgeable_jobs(*look, options.what) : 0;
  }
  if (deleted == 0 || options.is_dry_run) {
    return deleted;
  }
  JobStore store(context.fs, context.clock, context.stop,
                 job_store_options(context.settings, database));
  JobCare care(store.database());
  std::int64_t after = 0;
  std::uint64_t now = 1;
  for (deleted = 0; now > 0 && !context.stop.is_requested(); deleted += now) {
    retry_busy(context, [&] {
      store.write([&](JobTable&) { now = care.purge(options.what, k_at_once, after); });
    });
    store.checkpoint_if_large();
    if (options.on_progress) {
      options.on_progress(deleted + now);
    }
  }
  return deleted;
}

} // namespace menacedb
