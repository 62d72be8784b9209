#pragma once

#include "core/config/settings.hpp"
#include "core/engine/context.hpp"
#include "core/policy/hooks.hpp"
#include "core/policy/router.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// A table with a retention, in the database where it lives.
struct RetainedTable {
  std::string table;
  std::string database;
  RowRetention retention;
};
// By [tables.NAME] retention. Tables that are denied or declared nowhere are left out.
[[nodiscard]] std::vector<RetainedTable> retained_tables(const Settings& settings,
                                                         const Router& router);

struct RowPurge {
  std::uint64_t deleted = 0;    // or to be deleted, of a dry run
  std::uint64_t kept = 0;       // old enough, but a constraint holds on to them
  std::uint64_t unreadable = 0; // no time that can be read in the column; they stay
};

struct RowPurgeOptions {
  Hooks* hooks = nullptr; // their `retain` is asked about each row, when there is one; borrowed
  bool is_dry_run = false;
  std::function<void(std::uint64_t deleted)> on_progress;
};

// Deletes the rows whose time is older than the table keeps them: numbers are Unix time in the
// table's unit, texts RFC 3339 or SQLite's datetime. In transactions that hold the write lock no
// longer than [sync] max_write_lock, as far as one row allows; in between the lock is free for as
// long as it was held. Looking for the rows takes no lock. A missing table or database has no old
// rows; a missing column is Error kind config, code "retention-column". A stop ends it early.
[[nodiscard]] RowPurge purge_rows(const Context& context, const RetainedTable& table,
                                  const RowPurgeOptions& options);

} // namespace menacedb
