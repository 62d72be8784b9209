#pragma once

#include "core/db/database.hpp"

namespace menacedb {

enum class CheckpointMode { passive, full, restart, truncate };

struct CheckpointResult {
  bool is_blocked = false; // a reader or writer kept it from finishing
  Bytes wal_before = 0;
  Bytes wal_after = 0;
  std::int64_t frames = 0;       // in the WAL
  std::int64_t checkpointed = 0; // of them, how many are in the database file
};

// Checkpoints so that no commit of any program can meet it (DESIGN: traps). SQLite before 3.51.3
// loses commits when a writer resets the WAL after a checkpointer has read its header. So:
//
//   all       first `guard` holds a read transaction, which nobody can reset the WAL under, while
//             `worker` copies what is there: other programs may commit meanwhile. Then
//   passive   `guard` holds SQLite's write lock (BEGIN IMMEDIATE … rollback) while `worker` copies
//             all frames that no reader keeps back. Does not wait for readers.
//   full      the same, repeated until every frame is copied.
//   restart   then `worker` runs SQLite's RESTART: the next commit begins the WAL anew.
//   truncate  then TRUNCATE in the same way: the -wal file is left with no bytes.
//
// RESTART and TRUNCATE take the write lock themselves, before they read the header, and a guard
// with the write lock would shut them out. Without the lock they go on as a passive checkpoint; for
// that case `guard` holds a read transaction. It either reads from the WAL, then nobody can reset
// it, or from the database file alone, then nobody can copy into it.
//
// All waits (of `guard` for the write lock by its busy timeout, between the tries by that of
// `worker`) hold no lock; the stop flag ends them. What does not come to its end in time is no
// error but `is_blocked`.
//
// Both are connections to the same file, neither in a transaction. The caller holds the WriterLock.
[[nodiscard]] CheckpointResult checkpoint(Database& guard, Database& worker, CheckpointMode mode);

} // namespace menacedb
