#include "core/engine/drain/failure_triage.hpp"

#include "core/base/error.hpp"
#include "core/engine/asked_entry.hpp"
#include "core/engine/drain/replay_line.hpp"
#include "core/queue/codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

std::string replay_key(const DeadRow& row) {
  const EntryPlace& place = row.place;
  return place.segment.spool.empty()
             ? fmt::format("dead:{}", row.id)
             : fmt::format("dead:{}:{}", format_segment(place.segment), place.offset);
}

Backoff backoff_of(const Settings& settings) {
  Backoff backoff;
  backoff.base = settings.duration("retry.base_delay");
  backoff.cap = settings.duration("retry.max_delay");
  return backoff;
}

} // namespace

void Triaged::add(const Triaged& more) {
  for (const auto& [queue, counts] : more.queues) {
    queues[queue].retried += counts.retried;
    queues[queue].again += counts.again;
    queues[queue].dropped += counts.dropped;
  }
}

void Triaged::add(const std::string& queue, FailureAnswer answer, std::uint64_t attempts) {
  Counts& counts = queues[queue];
  if (answer == FailureAnswer::drop) {
    ++counts.dropped;
  } else {
    ++(attempts > 1 ? counts.again : counts.retried);
  }
}

Triaged::Counts Triaged::total() const {
  Counts sum;
  for (const auto& [queue, counts] : queues) {
    sum.retried += counts.retried;
    sum.again += counts.again;
    sum.dropped += counts.dropped;
  }
  return sum;
}

FailureTriage::FailureTriage(const Context& context, SqliteStore& store, Hooks* hooks)
    : m_context(context), m_store(store), m_hooks(hooks), m_backoff(backoff_of(context.settings)) {}

bool FailureTriage::is_asked() const {
  return m_hooks != nullptr && m_hooks->has(HookName::on_failed);
}

Instant FailureTriage::next_try(std::uint64_t attempts) const {
  const auto attempt = static_cast<unsigned>(std::min(attempts, k_most_attempts));
  return m_context.clock.now() + m_backoff.wait_after(attempt);
}

FailureAnswer FailureTriage::ask(const DeadRow& row) {
  Batch batch;
  decode_line(batch, row.line, row.place.offset, row.line.size() + 1, k_no_slice, row.origin);
  if (batch.entries.empty()) {
    return FailureAnswer::bury;
  }
  Entry& entry = batch.entries.front();
  entry.attempts = static_cast<std::uint32_t>(row.attempts);
  const AskedEntry asked(batch, entry);
  const FailureAnswer answer = m_hooks->on_failed(asked.entry(), row.fault.code, row.fault.message);
  const bool may_retry = !row.is_truncated && entry.fault < 0 && row.attempts < k_most_attempts;
  return answer == FailureAnswer::retry && !may_retry ? FailureAnswer::bury : answer;
}

// Inside the write transaction. False: somebody else has decided about it.
bool FailureTriage::take_out(const DeadRow& row, FailureAnswer answer) {
  if (answer == FailureAnswer::drop) {
    return m_store.dead_rows().mark(row.id, DeadState::discarded);
  }
  if (!m_store.dead_rows().mark(row.id, DeadState::replayed)) {
    return false;
  }
  const std::string line = with_replay_key(row.line, replay_key(row));
  m_store.deferred().add(
      {row.place, row.origin, row.table, line, next_try(row.attempts), row.attempts});
  return true;
}

Triaged FailureTriage::run(std::vector<DeadRow>& rows) {
  Triaged triaged;
  if (!is_asked()) {
    return triaged;
  }
  std::vector<std::pair<DeadRow, FailureAnswer>> taken;
  std::vector<DeadRow> buried;
  for (DeadRow& row : rows) {
    const FailureAnswer answer = ask(row);
    if (answer == FailureAnswer::retry || answer == FailureAnswer::drop) {
      taken.emplace_back(std::move(row), answer);
    } else {
      buried.push_back(std::move(row));
    }
  }
  rows = std::move(buried);
  if (!taken.empty()) {
    m_store.write([&] {
      triaged = {};
      for (const auto& [row, answer] : taken) {
        if (take_out(row, answer)) {
          triaged.add(lane_file_name(row.place.lane), answer, row.attempts);
        }
      }
      correct_totals(triaged.total(), false);
    });
  }
  return triaged;
}

// Entries that may be tried again are told when.
FailureTriage::Answers FailureTriage::ask(Batch& batch, const Outcomes& outcomes) {
  Answers answers;
  for (const Outcomes::Failure& failure : outcomes.failures) {
    Entry& entry = batch.entries[failure.entry];
    entry.attempts += 1; // this one counts, as in a dead letter's row
    const AskedEntry asked(batch, entry);
    FailureAnswer answer =
        m_hooks->on_failed(asked.entry(), failure.fault.code, failure.fault.message);
    entry.attempts -= 1;
    const bool may_retry = entry.fault < 0 && entry.attempts + 1 < k_most_attempts;
    if (answer == FailureAnswer::retry && may_retry) {
      entry.not_before = next_try(entry.attempts + 1);
    } else if (answer != FailureAnswer::drop) {
      answer = FailureAnswer::bury;
    }
    answers.push_back(answer);
  }
  return answers;
}

Triaged FailureTriage::take_over(const Batch& batch, Outcomes& outcomes, const Answers& answers) {
  Triaged triaged;
  std::vector<Outcomes::Failure> buried;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Outcomes::Failure& failure = outcomes.failures[i];
    if (answers[i] == FailureAnswer::bury) {
      buried.push_back(std::move(failure));
      continue;
    }
    outcomes.verdicts[failure.entry] =
        answers[i] == FailureAnswer::drop ? Verdict::dropped : Verdict::deferred;
    triaged.add(batch.file_spool, answers[i], batch.entries[failure.entry].attempts + 1);
  }
  outcomes.failures = std::move(buried);
  const Triaged::Counts counts = triaged.total();
  outcomes.failed -= counts.all();
  outcomes.deferred += counts.retried;
  outcomes.dropped += counts.dropped;
  return triaged;
}

Triaged FailureTriage::run(Batch& batch, Outcomes& outcomes) {
  if (!is_asked() || outcomes.failures.empty() || batch.is_rehearsal) {
    return {};
  }
  const Answers answers = ask(batch, outcomes);
  std::vector<std::string_view> retried; // what the ledger knows them by
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i] == FailureAnswer::retry) {
      const Entry& entry = batch.entries[outcomes.failures[i].entry];
      retried.push_back(batch.files[entry.file].ledger_id);
    }
  }
  Triaged triaged = take_over(batch, outcomes, answers);
  if (triaged.total().all() > 0) {
    record(batch.file_spool, retried, triaged.total());
  }
  return triaged;
}

Triaged FailureTriage::run(Batch& batch, Outcomes& outcomes, TableSettler& rows) {
  if (!is_asked() || outcomes.failures.empty() || batch.is_rehearsal) {
    return {};
  }
  return take_over(batch, outcomes, write_rows(batch, outcomes, ask(batch, outcomes), rows));
}

// A row that somebody else has changed since is as he left it.
FailureTriage::Answers FailureTriage::write_rows(const Batch& batch, const Outcomes& outcomes,
                                                 const Answers& answers, TableSettler& rows) {
  const Answers none(answers.size(), FailureAnswer::bury);
  if (answers == none) {
    return none;
  }
  Answers written;
  try {
    m_store.write([&] {
      written = answers;
      Triaged triaged;
      for (std::size_t i = 0; i < answers.size(); ++i) {
        const Entry& entry = batch.entries[outcomes.failures[i].entry];
        const EntryFile& row = batch.files[entry.file];
        const bool is_done =
            answers[i] == FailureAnswer::bury ||
            (answers[i] == FailureAnswer::drop ? rows.drop(row)
                                               : rows.reopen(row, entry.not_before.value()));
        if (!is_done) {
          written[i] = FailureAnswer::bury;
        } else if (answers[i] != FailureAnswer::bury) {
          triaged.add(batch.file_spool, answers[i], entry.attempts + 1);
        }
      }
      correct_totals(triaged.total(), false);
    });
  } catch (const Error& error) {
    m_context.log.event(LogLevel::warning, "retries-not-kept", {{"reason", error.message()}});
    return none;
  }
  return written;
}

// What the ledger holds of an entry that failed does not keep it from being tried again: when this
// cannot be written, only the totals are wrong.
void FailureTriage::record(const std::string& spool, const std::vector<std::string_view>& retried,
                           const Triaged::Counts& counts) {
  try {
    m_store.write([&] {
      for (const std::string_view id : retried) {
        m_store.entries().forget_dead(spool, id);
      }
      correct_totals(counts, true);
    });
  } catch (const Error& error) {
    m_context.log.event(LogLevel::warning, "retries-uncounted", {{"reason", error.message()}});
  }
}

// The transaction that decided them counted them as failed. Totals are kept by their bits, so that
// a negative increment takes away.
void FailureTriage::correct_totals(const Triaged::Counts& counts, bool are_files) {
  const std::uint64_t fewer = 0 - counts.all();
  m_store.stats().add(
      {.failed = fewer, .deferred = counts.retried, .dir_failed = are_files ? fewer : 0});
}

} // namespace menacedb
