#include "core/store/batch_counts.hpp"

#include <charconv>

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

// "<nanoseconds>_<counter>"; other spellings, which count seconds or nothing, tell less.
std::optional<Instant> enqueued_at(const Entry& entry) {
  constexpr std::size_t k_digits = 19; // of nanoseconds, from 2001 to 2286
  if (entry.deferred_row != 0 || entry.not_before) {
    return std::nullopt;
  }
  if (entry.sequence.find('_') == k_digits) {
    std::int64_t nanoseconds = 0;
    const char* const begin = entry.sequence.data();
    if (std::from_chars(begin, begin + k_digits, nanoseconds).ptr == begin + k_digits) {
      return Instant(std::chrono::floor<Duration>(std::chrono::nanoseconds(nanoseconds)));
    }
  }
  return entry.created_at;
}

Flow count_flow(const Batch& batch, const Outcomes& outcomes, Instant now) {
  FlowBatch flow(now);
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    const Entry& entry = batch.entries[i];
    const Verdict verdict = outcomes.verdicts[i];
    if (verdict == Verdict::applied ||
        (verdict == Verdict::duplicate && entry.file >= batch.files.size())) {
      flow.add(enqueued_at(entry));
    } else if (verdict == Verdict::dead) {
      flow.add_failed(enqueued_at(entry));
    }
  }
  return flow.take();
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
