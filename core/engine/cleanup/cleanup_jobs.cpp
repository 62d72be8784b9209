#include "core/db/database.hpp"
#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/cleanup_run.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/small_writes.hpp"
#include "core/queue/job_schema.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

// By the old document's columns alone, which every such table has. Its times are whole seconds.
void offer_jobs(const CleanupRun& run, const std::string& path, Retention& retention) {
  const Context& context = run.context();
  Database database(path, run.looking_options(), context.clock, context.stop);
  if (!has_job_table(database)) {
    return;
  }
  Statement jobs = database.prepare(
      "SELECT id, job_type, status, attempts, coalesce(error, ''), "
      "coalesce(completed_at, created_at), length(CAST(payload AS BLOB)) FROM sync_jobs "
      "WHERE status IN ('completed', 'cancelled') ORDER BY id");
  while (!context.stop.is_requested() && jobs.step()) {
    const std::int64_t id = jobs.integer(0);
    const Instant since{std::chrono::seconds(jobs.integer(5))};
    retention.offer({fmt::format("{}:job {}", path, id), since, static_cast<Bytes>(jobs.integer(6)),
                     static_cast<std::uint64_t>(id)},
                    [&](JsonWriter& json) {
                      json.member("type", jobs.text(1)).member("status", jobs.text(2));
                      json.member("attempts", jobs.integer(3)).member("error", jobs.text(4));
                    });
  }
}

// One that was made pending again meanwhile is not over.
void delete_jobs(Database& database, std::span<const std::int64_t> ids) {
  Statement remove = database.prepare(
      "DELETE FROM sync_jobs WHERE id = ?1 AND status IN ('completed', 'cancelled')");
  for (const std::int64_t id : ids) {
    remove.bind(1, id).run();
  }
}

} // namespace

CleanupResult clean_jobs(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "jobs");
  const std::string path = job_database_path(context.settings);
  if (!context.fs.stat(real_database_path(path))) {
    return run.take_result();
  }
  std::vector<std::int64_t> ids;
  Retention retention = run.retention("job", retention_limits(context.settings, "retention.jobs"),
                                      [&](const RetainedItem& item) {
                                        ids.push_back(static_cast<std::int64_t>(item.tag));
                                        run.act(item.name, item.bytes, [] { return true; });
                                      });
  offer_jobs(run, path, retention);
  if (!options.is_dry_run) {
    write_in_small_pieces(context, path, ids, delete_jobs);
  }
  return run.take_result();
}

} // namespace menacedb
