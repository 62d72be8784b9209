#include "core/engine/cleanup/cleanup.hpp"

#include "core/engine/care/backup_catalog.hpp"
#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/row_retention.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

#include <array>

namespace menacedb {
namespace {

CleanupResult clean_rows(const Context& context, const CleanupOptions& options) {
  const Router router = make_router(context.settings);
  CleanupResult result;
  for (const RetainedTable& table : retained_tables(context.settings, router)) {
    RowPurgeOptions purge;
    purge.is_dry_run = options.is_dry_run;
    purge.hooks = options.hooks;
    purge.on_progress = [&](std::uint64_t deleted) {
      if (options.on_progress) {
        options.on_progress("rows", result.items + deleted);
      }
    };
    const RowPurge done = purge_rows(context, table, purge);
    result.items += done.deleted;
    if (done.kept > 0) {
      result.notes.push_back(fmt::format("{} old rows of '{}' stay: a constraint holds on to them",
                                         done.kept, table.table));
    }
    if (done.unreadable > 0) {
      result.notes.push_back(fmt::format("{} rows of '{}' have no readable time in '{}' and stay",
                                         done.unreadable, table.table, table.retention.column));
    }
  }
  return result;
}

CleanupResult clean_backups(const Context& context, const CleanupOptions& options) {
  CleanupResult result;
  for (const NamedDatabase& database : configured_databases(context.settings)) {
    for (const StoredBackup& pruned :
         prune_backups(context, database.path, options.is_dry_run, options.hooks)) {
      ++result.items;
      result.bytes += pruned.bytes;
      if (options.lists_files) {
        result.files.push_back(pruned.path);
      }
    }
  }
  return result;
}

// What is deleted from the archive comes before what goes there, so that a dry run, after which
// nothing went there, tells the same.
constexpr std::array k_actions{
    CleanupAction{"recover", "", "put back", "put back", clean_orphans},
    CleanupAction{"purge-archive", "", "delete", "deleted", clean_archive},
    CleanupAction{"archive", "", "archive", "archived", clean_completed},
    CleanupAction{"purge-failed", "", "delete", "deleted", clean_failed},
    CleanupAction{"audit", "", "delete", "deleted", clean_audit},
    CleanupAction{"rotate", "rotate-logs", "rotate, pack or delete", "rotated, packed or deleted",
                  clean_logs},
    CleanupAction{"temp", "clean-tmp", "delete", "deleted", clean_temporary},
    CleanupAction{"rows", "", "delete", "deleted", clean_rows},
    CleanupAction{"jobs", "", "delete", "deleted", clean_jobs},
    CleanupAction{"idle-segments", "", "remove", "removed", clean_idle},
    CleanupAction{"backups", "", "delete", "deleted", clean_backups},
};

} // namespace

std::span<const CleanupAction> cleanup_actions() noexcept {
  return k_actions;
}

} // namespace menacedb
