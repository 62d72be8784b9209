#include "core/db/sql_values.hpp"
#include "core/store/batch_attempt.hpp"
#include "core/store/batch_counts.hpp"

namespace menacedb {
namespace {

constexpr std::size_t k_keys_purged = 100; // and two per entry: more go than come

// An oversized line is kept as a prefix; a newline, perhaps with a CR, is not part of the line.
bool is_prefix(const Entry& entry) noexcept {
  return entry.line.size() + 2 < entry.length;
}

} // namespace

// Everything but the entries' own rows. False: another drain has decided a deferred entry.
bool BatchApplier::record(Attempt& attempt) {
  const Outcomes& outcomes = attempt.applied.outcomes;
  std::size_t failure = 0;
  for (const std::size_t index : attempt.special) {
    const bool is_dead = outcomes.verdicts[index] == Verdict::dead;
    const Fault* fault = is_dead ? &outcomes.failures[failure++].fault : nullptr;
    if (attempt.from == nullptr && !record_entry(attempt, index, fault)) {
      return false;
    }
  }
  record_totals(attempt);
  m_parts.keys.purge(attempt.now - m_key_horizon, k_keys_purged + 2 * attempt.batch.entries.size());
  return true;
}

bool BatchApplier::record_entry(Attempt& attempt, std::size_t index, const Fault* fault) {
  const Batch& batch = attempt.batch;
  const Entry& entry = batch.entries[index];
  const Verdict verdict = attempt.applied.outcomes.verdicts[index];
  EntryPlace place;
  if (entry.deferred_row != 0) {
    std::optional<EntryPlace> found = m_parts.deferred.place(entry.deferred_row);
    if (!found) {
      return false;
    }
    if (verdict == Verdict::deferred) {
      return true; // its row stays
    }
    place = std::move(*found);
    static_cast<void>(m_parts.deferred.remove(entry.deferred_row)); // was there a moment ago
    if (place.segment.spool.empty()) {
      // Dead letters are told apart by place, and direct writes have none but their row's id.
      place.offset = unsigned_from_sql(entry.deferred_row);
    }
  } else if (entry.slice < batch.slices.size()) {
    const Slice& slice = batch.slices[entry.slice];
    place = EntryPlace{slice.segment, entry.offset, slice.lane};
  } else if (entry.file < batch.files.size()) {
    place.segment.spool = batch.file_spool; // no segment has number 0
  }
  const std::uint64_t attempts = entry.attempts;
  if (fault != nullptr) {
    if (!batch.is_direct && entry.file >= batch.files.size()) {
      add_dead(attempt, entry, place, *fault);
    }
  } else if (verdict == Verdict::deferred) {
    m_parts.deferred.add(
        {place, entry.origin, entry.table, entry.line, *entry.not_before, attempts});
  } else if (verdict == Verdict::forwarded) {
    m_parts.outbox.add({batch.destinations[entry.destination].store, place, entry.origin,
                        entry.table, batch.forwarded_line(index), attempts});
  }
  return true;
}

void BatchApplier::add_dead(const Attempt& attempt, const Entry& entry, const EntryPlace& place,
                            const Fault& fault) {
  m_parts.dead_rows.add({.place = place,
                         .origin = entry.origin,
                         .table = entry.table,
                         .entry_id = entry.id,
                         .line = entry.line,
                         .is_truncated = is_prefix(entry),
                         .fault = fault,
                         .attempts = std::uint64_t{entry.attempts} + 1,
                         .failed_at = attempt.now});
}

void BatchApplier::record_totals(Attempt& attempt) {
  const Outcomes& outcomes = attempt.applied.outcomes;
  const Batch& batch = attempt.batch;
  const bool is_queued = !batch.is_direct && attempt.from == nullptr;
  for (std::size_t i = 0; i < batch.slices.size(); ++i) {
    m_parts.stats.add_completed(batch.slices[i].segment.spool, batch.slices[i].lane,
                                attempt.completed[i]);
  }
  // What comes from another store is counted there, when that has heard of it.
  StoreTotals totals{.applied = attempt.from == nullptr ? outcomes.applied : 0,
                     .duplicates = attempt.from == nullptr ? outcomes.duplicates : 0,
                     .failed = is_queued ? outcomes.failed : 0,
                     .deferred = outcomes.deferred - attempt.redeferred,
                     .forwarded = outcomes.forwarded,
                     .direct = batch.is_direct ? outcomes.applied + outcomes.duplicates : 0};
  attempt.files.correct(totals);
  m_parts.stats.add(totals);
  if (is_queued) {
    m_parts.stats.add_decided(outcomes.verdicts.size() - outcomes.deferred);
    m_accesses.add(count_accesses(batch, outcomes));
    if (outcomes.applied + outcomes.duplicates + outcomes.failed > 0) {
      const Instant now = m_clock.now();
      m_parts.flow.add(count_flow(batch, outcomes, now), now);
    }
  }
}

} // namespace menacedb
