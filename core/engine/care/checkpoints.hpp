#pragma once

#include "core/db/checkpoint.hpp"
#include "core/engine/context.hpp"
#include "core/engine/places.hpp"

#include <optional>
#include <string>
#include <vector>

namespace menacedb {

struct CheckpointRequest {
  CheckpointMode mode = CheckpointMode::truncate;
  // For menacedb's writer lock, then for SQLite's; default: 10 s and [databases] busy_timeout.
  std::optional<Duration> timeout;
  bool is_rehearsal = false; // look only
};

struct CheckpointReport {
  struct Blocker {
    int pid = 0;         // 0: not known
    std::string command; // printable; empty: not known
    std::string detail;  // "read transaction"
  };
  std::string path;
  std::string journal_mode; // "wal", or the mode of a database that has nothing to checkpoint
  CheckpointResult result;
  std::vector<Blocker> blocked_by; // when it was blocked, or, rehearsed, who would be in the way
  std::string reason;              // why it did not begin: another menacedb holds its writer lock
};

// Checkpoints one database under the writer lock and as checkpoint() does. A database that is not
// in WAL mode stays as it is. What others keep from happening in time is an answer, not an error.
[[nodiscard]] CheckpointReport checkpoint_database(const Context& context, const std::string& path,
                                                   const CheckpointRequest& request);

} // namespace menacedb
