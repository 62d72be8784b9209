#pragma once

#include "core/engine/care/backup.hpp"
#include "core/engine/care/backup_catalog.hpp"
#include "core/engine/care/restore_queues.hpp"
#include "core/engine/context.hpp"
#include "core/policy/router.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// What a restore would do, for the question before it.
struct RestorePreview {
  struct Table {
    std::string name;
    std::optional<std::int64_t> rows_now; // none: there is no such table, or it cannot be read
    std::optional<std::int64_t> rows_then;
  };
  struct PassedOver { // by `latest`
    std::string path;
    std::string reason;
  };
  std::string target;
  StoredBackup backup;
  std::vector<Table> tables; // by name; menacedb's own are left out
  std::vector<PassedOver> passed_over;
  std::vector<std::string> doubts;   // what force overrides
  std::vector<std::string> openers;  // "pid 4711, 'python3 app.py'"
  bool is_missing = false;           // there is no database to be kept
  std::optional<std::string> damage; // of the present database, which is set aside as it is
};

struct RestoreOptions {
  std::string backup; // the file; empty: the newest sound one
  std::string target; // the database; empty: the one the backup is of
  bool replays_archive = false;
  std::optional<Instant> until;
  bool is_forced = false;
  bool is_dry_run = false;
  std::function<bool(const RestorePreview&)> agrees; // asked once, before anything is changed
  CareProgress on_progress;
};

struct RestoreReport {
  RestorePreview preview;
  bool is_restored = false;  // false: not agreed, or a dry run
  std::string safety_backup; // the database as it was; empty: there was none, or it was broken
  std::string set_aside;     // where a broken one lies now
  std::string integrity;     // "ok"
  bool is_same_file = false; // overwritten, not replaced: who has it open sees the new content
  RestoredQueues queues;     // of a home store
};

// Puts a backup in the place of a database. The backup is checked first, the present database kept;
// what other programs find at its path is at any moment, and after any crash, either the old
// content or the new, complete, and never a WAL that belongs to the other. A sound database is
// overwritten in one transaction of its own, so that its file stays the same; a missing or broken
// one is replaced by a rename. Throws busy, code "database-in-use", when another process has it
// open, unless forced.
[[nodiscard]] RestoreReport restore(const Context& context, const Router& router,
                                    const RestoreOptions& options);

} // namespace menacedb
