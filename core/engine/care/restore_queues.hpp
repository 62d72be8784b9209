#pragma once

#include "core/engine/care/archive_recovery.hpp"
#include "core/engine/care/backup.hpp"
#include "core/engine/care/backup_catalog.hpp"
#include "core/engine/care/database_place.hpp"
#include "core/engine/context.hpp"
#include "core/policy/router.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

struct RestoreQueuesOptions {
  std::string target;    // the database, as it was named
  std::string real_path; // where the content is going to lie
  std::string content;   // the file of the content, which nobody else knows yet
  const StoredBackup& backup;
  PlaceState state; // of what lies there now
  bool replays_archive = false;
  std::optional<Instant> until;
  CareProgress on_progress;
};

// What is newer than the backup. Without queues that it is the home store of, all of it is empty.
struct RestoredQueues {
  struct Newer {
    std::string queue;          // its folder
    std::uint64_t archived = 0; // applied once, after the backup; not applied again
    std::uint64_t queued = 0;   // not decided yet; the next sync applies them
  };
  std::vector<Newer> newer;
  std::optional<RecoveryReport> recovery; // of the replay that was asked for
  bool knows_past = true;                 // false: the present database cannot say what was decided

  [[nodiscard]] std::uint64_t archived() const;
  [[nodiscard]] std::uint64_t queued() const;
};

// Makes a restored home store fit its queues before it takes its place: what was decided since the
// backup is applied again, or stays away for good, but is never decided twice by a later drain.
// Throws bad_input, code "no-ledger" or "no-queues", when the archive cannot be replayed into it.
[[nodiscard]] RestoredQueues restore_queues(const Context& context, const Router& router,
                                            const RestoreQueuesOptions& options);

} // namespace menacedb
