#pragma once

#include "core/engine/context.hpp"
#include "core/policy/hooks.hpp"
#include "core/policy/router.hpp"
#include "core/store/sqlite_store.hpp"
#include "core/store/store_past.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

struct RecoveryOptions {
  std::vector<std::string> queue_directories;
  std::string home; // the path of the home store whose place the copy will take
  bool takes_any_table = false;
  Hooks* hooks = nullptr;       // borrowed; null: none
  std::optional<Instant> until; // entries created later are left out
  std::function<void(Bytes done, Bytes total)> on_progress;
};

struct RecoveryReport {
  std::uint64_t applied = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t failed = 0;            // dead letters, as they were the first time or newly
  std::uint64_t deferred = 0;          // not due yet
  std::uint64_t dropped = 0;           // by a hook
  std::uint64_t later = 0;             // left in the archive because of `until`
  std::uint64_t elsewhere = 0;         // of other stores, which have them
  std::uint64_t missing_segments = 0;  // decided since, and no longer in the archive
  std::uint64_t missing_entries = 0;   // likewise, of the directory queue
  std::vector<std::string> unreadable; // segments that do not fit the ledger, entries; by path
};

// What was decided after a copy of a home store was taken, by segments that still exist: archived
// ones, and as far as the store's own ledger says (its `past`) those that are not settled yet.
class ArchiveRecovery {
public:
  ArchiveRecovery(const Context& context, const StorePast& past, RecoveryOptions options);

  // How many entries (lines) that would be: nothing is applied.
  [[nodiscard]] std::uint64_t count(LedgerView& ledger);
  // Decides them again in the copy, segment by segment in the order of their numbers, from where
  // the copy's own ledger stands. Entries that went to other stores are not sent there again. The
  // copy must not be in anybody else's hands; the files stay where they are.
  RecoveryReport run(const Router& router, SqliteStore& copy);

private:
  // A file with bytes that were decided after the copy was taken.
  struct Candidate {
    SegmentId segment;
    Lane lane;
    std::string path;
    Bytes end = 0; // decided up to here
    bool is_archived = false;
  };
  class Run;

  [[nodiscard]] std::vector<Candidate> candidates();
  void add_archived(const std::string& directory, std::vector<Candidate>& found);
  void add_unsettled(const std::string& directory, std::vector<Candidate>& found);
  [[nodiscard]] std::optional<Bytes> decided_end(const SegmentId& segment) const;

  Context m_context;
  const StorePast& m_past;
  RecoveryOptions m_options;
};

} // namespace menacedb
