#include "core/store/batch_applier.hpp"

#include "core/store/batch_attempt.hpp"
#include "core/store/batch_counts.hpp"

#include <algorithm>
#include <utility>

namespace menacedb {

BatchApplier::BatchApplier(StoreParts& parts, Fs& fs, Clock& clock, Options options)
    : m_parts(parts),
      m_accesses(parts.database),
      m_fs(fs),
      m_clock(clock),
      m_key_horizon(options.key_horizon),
      m_growth(parts.database, parts.schema, std::move(options.growth)) {}

void BatchApplier::prepare(const Batch& batch) {
  // A number that a rollback has taken back may come again for another schema.
  if (m_has_grown || !m_parts.schema.is_current()) {
    m_parts.rows.forget_schema();
    m_has_grown = m_has_grown && m_parts.database.is_in_transaction();
  }
  m_condemned.clear();
  m_prepared.assign(batch.entries.size(), {});
  m_hashes.clear();
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    prepare_entry(batch, i);
  }
  static_cast<void>(m_parts.schema.hazards());
}

void BatchApplier::prepare_entry(const Batch& batch, std::size_t index) {
  const Entry& entry = batch.entries[index];
  if (entry.fault >= 0 || entry.data == k_no_node) {
    return;
  }
  Prepared& prepared = m_prepared[index];
  prepared.table = m_parts.schema.find(entry.table);
  const TableSchema* table = prepared.table;
  const bool needs_hash = table != nullptr && entry.op == Op::insert &&
                          (table->fills_content_hash() || table->uses_side_hashes());
  if (!needs_hash) {
    return;
  }
  if (std::optional<RowHash> hash = hash_row(batch.tape, entry, m_scratch)) {
    prepared.hash = static_cast<std::int32_t>(m_hashes.size());
    m_hashes.push_back(*hash);
  }
}

Applied BatchApplier::apply(const Batch& batch, const ForwardedFrom* from) {
  std::optional<Applied> applied;
  while (!applied) {
    applied = attempt(batch, from);
  }
  return std::move(*applied);
}

std::optional<Applied> BatchApplier::attempt(const Batch& batch, const ForwardedFrom* from) {
  Transaction transaction(m_parts.database);
  const Duration began = m_clock.monotonic();
  Attempt attempt(m_parts, batch, from, m_clock.now());
  switch (decide_batch(attempt)) {
  case Tried::decided:
    break;
  case Tried::lost:
    return Applied{};
  case Tried::rolled_back:
    return std::nullopt;
  }
  if (batch.is_rehearsal) {
    transaction.rollback();
  } else {
    commit(transaction, batch.slices);
  }
  attempt.applied.held = m_clock.monotonic() - began;
  attempt.applied.has_won = true;
  return std::move(attempt.applied);
}

Applied BatchApplier::join(const Batch& batch) {
  Attempt attempt(m_parts, batch, nullptr, m_clock.now());
  if (decide_batch(attempt) != Tried::decided) {
    return {};
  }
  m_fs.reached(Step::group_joined);
  attempt.applied.has_won = true;
  return std::move(attempt.applied);
}

BatchApplier::Tried BatchApplier::decide_batch(Attempt& attempt) {
  const Batch& batch = attempt.batch;
  m_fs.reached(Step::apply_begun);
  if (m_has_grown || !m_parts.schema.is_current()) {
    prepare_again(batch); // changed since; nobody can do it again while this transaction is open
  }
  if (m_growth.grow(batch, attempt.now)) {
    prepare_again(batch);
    m_has_grown = true;
  }
  const std::vector<std::uint64_t> counts = entries_per_slice(batch);
  if (!batch.is_rehearsal && !m_parts.ledger.advance(batch.slices, attempt.now, counts)) {
    return Tried::lost;
  }
  if (!decide_all(attempt)) {
    return Tried::rolled_back;
  }
  m_fs.reached(Step::apply_rows);
  if (!record(attempt)) {
    return Tried::lost;
  }
  if (batch.settle_within && !batch.is_rehearsal &&
      !batch.settle_within(attempt.applied.outcomes)) {
    return Tried::lost;
  }
  m_fs.reached(Step::apply_ledger);
  return Tried::decided;
}

void BatchApplier::prepare_again(const Batch& batch) {
  std::map<std::size_t, Fault> condemned = std::move(m_condemned);
  prepare(batch);
  m_condemned = std::move(condemned);
}

bool BatchApplier::decide_all(Attempt& attempt) {
  const std::size_t count = attempt.batch.entries.size();
  attempt.applied.outcomes.verdicts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Verdict verdict = decide(attempt, i);
    if (verdict == Verdict::dead && !m_parts.database.is_in_transaction()) {
      m_condemned.insert_or_assign(i, std::move(attempt.fault));
      return false;
    }
    note(attempt, i, verdict);
  }
  return true;
}

Verdict BatchApplier::decide(Attempt& attempt, std::size_t index) {
  const std::optional<Verdict> decided = decide_without_row(attempt, index);
  return decided ? *decided : write_row(attempt, index);
}

std::optional<Verdict> BatchApplier::decide_without_row(Attempt& attempt, std::size_t index) {
  const Batch& batch = attempt.batch;
  const Entry& entry = batch.entries[index];
  if (attempt.from == nullptr && attempt.files.is_applied(entry)) {
    return Verdict::duplicate;
  }
  if (!m_condemned.empty()) {
    if (const auto found = m_condemned.find(index); found != m_condemned.end()) {
      attempt.fault = found->second;
      return is_known_row(batch, index) ? Verdict::duplicate : Verdict::dead;
    }
  }
  if (entry.fault >= 0) {
    attempt.fault = batch.faults[static_cast<std::size_t>(entry.fault)];
    return Verdict::dead;
  }
  if (attempt.from != nullptr) {
    const bool is_repeated =
        m_parts.forwarded.is_known(attempt.from->home, attempt.from->ids[index]);
    return is_repeated ? std::optional(Verdict::applied) : std::nullopt;
  }
  const Destination* destination = entry.destination < batch.destinations.size()
                                       ? &batch.destinations[entry.destination]
                                       : nullptr;
  if (destination != nullptr && destination->kind == Destination::Kind::refused) {
    attempt.fault = destination->fault;
    return Verdict::dead;
  }
  if (entry.not_before && *entry.not_before > attempt.now) {
    return Verdict::deferred;
  }
  if (destination != nullptr && destination->kind != Destination::Kind::home) {
    return destination->kind == Destination::Kind::dropped ? Verdict::dropped : Verdict::forwarded;
  }
  return std::nullopt;
}

// Of a condemned entry: the same row queued again breaks its table's other constraints as well.
bool BatchApplier::is_known_row(const Batch& batch, std::size_t index) {
  const Prepared& prepared = m_prepared[index];
  return prepared.hash >= 0 && prepared.table != nullptr &&
         m_parts.rows.is_known(batch, batch.entries[index], *prepared.table,
                               m_hashes[static_cast<std::size_t>(prepared.hash)]);
}

Verdict BatchApplier::write_row(Attempt& attempt, std::size_t index) {
  const Entry& entry = attempt.batch.entries[index];
  Verdict verdict = Verdict::duplicate;
  const auto known =
      entry.key.empty() ? std::nullopt : m_parts.keys.decided_at(entry.table, entry.key);
  if (!known || *known <= attempt.now - m_key_horizon) {
    const Prepared& prepared = m_prepared[index];
    const RowHash* hash =
        prepared.hash < 0 ? nullptr : &m_hashes[static_cast<std::size_t>(prepared.hash)];
    verdict = entry.is_sql() ? run_sql(attempt.batch, index)
                             : m_parts.rows.write(attempt.batch, entry, prepared.table, hash);
    if (verdict == Verdict::dead) {
      attempt.fault = entry.is_sql() ? m_parts.sql.take_fault() : m_parts.rows.take_fault();
      return verdict;
    }
    if (!entry.key.empty()) {
      m_parts.keys.remember(entry.table, entry.key, attempt.now);
    }
  }
  if (attempt.from != nullptr) {
    m_parts.forwarded.remember(attempt.from->home, attempt.from->ids[index]);
  }
  return verdict;
}

void BatchApplier::note(Attempt& attempt, std::size_t index, Verdict verdict) {
  Outcomes& outcomes = attempt.applied.outcomes;
  outcomes.verdicts.push_back(verdict);
  const Entry& entry = attempt.batch.entries[index];
  if (attempt.from == nullptr) {
    attempt.files.record(entry, verdict == Verdict::dead ? &attempt.fault : nullptr,
                         entry.is_sql() ? m_parts.sql.changed_rows() : 1, attempt.now);
  }
  const bool is_plain = verdict == Verdict::applied || verdict == Verdict::duplicate;
  if (!is_plain || entry.deferred_row != 0) {
    attempt.special.push_back(index);
  }
  if (is_plain && entry.slice < attempt.completed.size()) {
    ++attempt.completed[entry.slice];
  }
  switch (verdict) {
  case Verdict::applied:
    ++outcomes.applied;
    break;
  case Verdict::duplicate:
    ++outcomes.duplicates;
    break;
  case Verdict::dead:
    ++outcomes.failed;
    outcomes.failures.push_back({static_cast<std::uint32_t>(index), std::move(attempt.fault)});
    break;
  case Verdict::deferred:
    ++outcomes.deferred;
    attempt.redeferred += entry.deferred_row != 0 ? 1 : 0;
    break;
  case Verdict::forwarded:
    ++outcomes.forwarded;
    break;
  case Verdict::dropped:
    ++outcomes.dropped;
    break;
  }
}

} // namespace menacedb
