#pragma once

#include "core/model/batch.hpp"
#include "core/model/ledger_view.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

struct AppendOptions {
  bool durable = false; // sync before returning: survives a power cut
};

struct ClaimLimits {
  Bytes bytes = 1u << 20; // about this much text; one longer line is taken whole
  std::uint64_t entries = std::numeric_limits<std::uint64_t>::max(); // at most
  std::string_view table; // only lines of this table may be in the batch; empty: all
};

// What waits, for `status` and `sync`. Counts are of entries; blank lines are not entries.
struct QueueCount {
  std::string name;   // the lane's file name, or the directory
  std::string format; // "jsonl", "dir"
  std::uint64_t pending = 0;
  // Of a directory queue, whose files say it.
  std::uint64_t processing = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  Bytes pending_bytes = 0;
  bool is_approximate = false;
  std::optional<Instant> oldest_at;
};

// Something in the spool that is not a queue's file and was left alone.
struct Stray {
  std::string path;
  std::string reason; // "is a symbolic link"
};

struct QueueScan {
  std::vector<QueueCount> queues; // by name
  std::vector<Stray> strays;
};

// Entries waiting on disk. Called per batch, never per entry. Several processes may work on the
// same queue: claims are not reserved, the home store's transaction decides who wins (invariant 3).
// Not thread-safe. Errors of the file system throw; what is wrong with an entry is its fault, as
// data.
class Queue {
public:
  virtual ~Queue() = default;

  // Appends whole lines (each ends with '\n') to the lane, so that no reader ever sees a part of
  // one as an entry; all or none, as far as a format keeps them in one file. Returns the path
  // written to, the last one.
  virtual std::string append(const Lane& lane, std::string_view lines,
                             const AppendOptions& options) = 0;
  // The next undecided entries in order of priority into `batch` (cleared first); leaves it empty
  // when nothing waits.
  virtual void claim(LedgerView& ledger, const ClaimLimits& limits, Batch& batch) = 0;
  // Carries a committed decision out on the files as far as it concerns this batch. May be
  // repeated.
  virtual void settle(const Batch& batch, const Outcomes& outcomes) = 0;
  // Carries out what can be carried out by now for all decided segments and returns those that are
  // settled: the caller folds them into the ledger. May be repeated.
  [[nodiscard]] virtual std::vector<SegmentId> sweep(LedgerView& ledger) = 0;
  // Never creates anything. Exact up to `count_bytes` of text, estimated beyond.
  [[nodiscard]] virtual QueueScan scan(LedgerView& ledger, Bytes count_bytes) = 0;
};

} // namespace menacedb
