#pragma once

#include "core/engine/context.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

struct ReplayOptions {
  std::vector<std::string> ids; // entry ids, or `<segment>:<offset>`; empty: all
  std::string table;            // empty: all
  std::string error;            // a part of the error's text; empty: all
  std::optional<std::uint64_t> limit;
  bool discards = false; // remove instead of queueing again
  bool is_dry_run = false;
};

// Dead letters of one table with one error.
struct ReplayGroup {
  std::string error;
  std::string table;
  std::uint64_t count = 0;
  std::optional<Instant> first_at;
  std::optional<Instant> last_at;
  std::string sample;
};

struct ReplayReport {
  std::uint64_t replayed = 0;      // or discarded
  std::uint64_t skipped = 0;       // chosen, but cannot be queued again; they stay
  std::uint64_t remaining = 0;     // dead letters left in the file
  std::vector<ReplayGroup> groups; // by count, of the letters chosen
};

// Puts the chosen dead letters of a spool's queue.failed.jsonl back into their queues. Each
// replayed line carries a key, and is appended and synced before the file is rewritten without it:
// a crash in between, or a second replay at the same time, applies nothing twice. A copy of the
// file as it was stays beside it.
[[nodiscard]] ReplayReport replay_dead_letters(const Context& context, const std::string& directory,
                                               const std::string& database,
                                               const ReplayOptions& options);

// Only counts and groups; changes nothing.
[[nodiscard]] ReplayReport list_dead_letters(const Context& context, const std::string& directory,
                                             const ReplayOptions& options);

struct ArchiveReplayOptions {
  Instant since;
  Instant until;
  std::string table;
  std::optional<std::uint64_t> limit;
  bool is_dry_run = false;
};

// Puts archived entries created in [since, until) back into their queues without their keys: they
// are applied again, deduplicated as the table's policy says.
[[nodiscard]] ReplayReport replay_archive(const Context& context, const std::string& directory,
                                          const ArchiveReplayOptions& options);

} // namespace menacedb
