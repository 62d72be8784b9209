#include "core/engine/cleanup.hpp"

#include "core/engine/backup_catalog.hpp"
#include "core/engine/cleanup_actions.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/engine/row_retention.hpp"

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
    for (const StoredBackup& pruned : prune_backups(context, database.path, options.is_dry_run)) {
      ++result.items;
      result.bytes += pruned.bytes;
      if (options.lists_files) {
        result.files.push_back(pruned.path);
      }
    }
  }
  return result;
}

constexpr std::array k_actions{
    CleanupAction{"recover", "", "put back", "put back", clean_orphans},
    CleanupAction{"archive", "", "archive", "archived", clean_completed},
    CleanupAction{"purge-failed", "", "delete", "deleted", clean_failed},
    CleanupAction{"rotate", "rotate-logs", "rotate or delete", "rotated or deleted", clean_logs},
    CleanupAction{"temp", "clean-tmp", "delete", "deleted", clean_temporary},
    CleanupAction{"rows", "", "delete", "deleted", clean_rows},
    CleanupAction{"backups", "", "delete", "deleted", clean_backups},
};

} // namespace

std::span<const CleanupAction> cleanup_actions() noexcept {
  return k_actions;
}

} // namespace menacedb
