#pragma once

#include "core/db/database.hpp"

namespace menacedb {

enum class CheckpointMode { passive, full, restart, truncate };

struct CheckpointResult {
  bool is_blocked = false; // a reader or writer kept it from finishing
  Bytes wal_before = 0;
  Bytes wal_after = 0;
  std::int64_t frames = 0;
  std::int64_t checkpointed = 0;
};

// Checkpoints with SQLite's own write lock held by `guard` (BEGIN IMMEDIATE … rollback) while
// `worker` does the work, so that no other program's commit can meet it (DESIGN: traps). Both are
// connections to the same file. The caller holds the WriterLock.
[[nodiscard]] CheckpointResult checkpoint(Database& guard, Database& worker, CheckpointMode mode);

} // namespace menacedb
