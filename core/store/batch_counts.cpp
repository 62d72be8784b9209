#include "core/store/batch_counts.hpp"

namespace menacedb {

AccessCounts count_accesses(const Batch& batch, const Outcomes& outcomes) {
  AccessCounts counts; // neighbours mostly share theirs
  std::uint64_t* count = nullptr;
  std::string_view table;
  Verdict verdict = Verdict::dropped;
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    if (outcomes.verdicts[i] != Verdict::applied && outcomes.verdicts[i] != Verdict::forwarded) {
      continue;
    }
    if (batch.entries[i].is_sql()) {
      continue; // of no table
    }
    if (count == nullptr || outcomes.verdicts[i] != verdict || batch.entries[i].table != table) {
      verdict = outcomes.verdicts[i];
      table = batch.entries[i].table;
      count = &(verdict == Verdict::applied ? counts.shared : counts.local)[std::string(table)];
    }
    ++*count;
  }
  return counts;
}

std::vector<std::uint64_t> entries_per_slice(const Batch& batch) {
  std::vector<std::uint64_t> counts(batch.slices.size());
  for (const Entry& entry : batch.entries) {
    if (entry.deferred_row == 0 && entry.slice < counts.size()) {
      ++counts[entry.slice];
    }
  }
  return counts;
}

} // namespace menacedb
