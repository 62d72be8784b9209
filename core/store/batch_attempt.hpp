#pragma once

#include "core/store/batch_applier.hpp"
#include "core/store/entry_files.hpp"

namespace menacedb {

// What one try to decide a batch has come to so far; of batch_applier's files alone.
struct BatchApplier::Attempt {
  Attempt(StoreParts& parts, const Batch& entries, const ForwardedFrom* source, Instant time)
      : batch(entries),
        from(source),
        now(time),
        files(parts.entries, entries),
        completed(entries.slices.size()) {}

  const Batch& batch;
  const ForwardedFrom* from;
  Instant now;
  EntryFiles files;
  Applied applied;
  Fault fault;                          // of the entry in hand, when it is dead
  std::uint64_t redeferred = 0;         // deferred rows that stay
  std::vector<std::size_t> special;     // entries that leave more than their row, in order
  std::vector<std::uint64_t> completed; // by slice
};

} // namespace menacedb
