#pragma once

#include "core/engine/context.hpp"
#include "core/model/backoff.hpp"
#include "core/policy/hooks.hpp"
#include "core/queue/table_queue.hpp"
#include "core/store/sqlite_store.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace menacedb {

// What the `on_failed` hook made of failures, by queue: they are dead letters no more.
struct Triaged {
  struct Counts {
    std::uint64_t retried = 0; // for the first time
    std::uint64_t again = 0;   // they were deferred and counted before
    std::uint64_t dropped = 0;

    [[nodiscard]] std::uint64_t all() const noexcept { return retried + again + dropped; }
  };
  std::map<std::string, Counts> queues;

  void add(const Triaged& more);
  void add(const std::string& queue, FailureAnswer answer, std::uint64_t attempts);
  [[nodiscard]] Counts total() const;
};

// Asks the `on_failed` hook about entries that could not be applied: one to retry becomes a
// deferred entry, with the replay's key and after a pause that grows, and one to drop stays in the
// archive alone; each by one transaction with its dead letter's row, after the hook was asked. An
// entry that cannot be read, or was tried k_most_attempts times, is buried whatever the hook says.
class FailureTriage {
public:
  static constexpr std::uint64_t k_most_attempts = 100;

  FailureTriage(const Context& context, SqliteStore& store, Hooks* hooks); // null: buries all

  // Takes the rows out that are no dead letters any more; the others keep their order.
  [[nodiscard]] Triaged run(std::vector<DeadRow>& rows);
  // The same for the failures of a batch of files, which is decided but not settled: their verdicts
  // become deferred, with the time in Entry::not_before, or dropped.
  [[nodiscard]] Triaged run(Batch& batch, Outcomes& outcomes);
  // The same for a batch of a job table, whose rows have failed by now. When this cannot be
  // written, or the process dies first, they stay failed.
  [[nodiscard]] Triaged run(Batch& batch, Outcomes& outcomes, TableSettler& rows);

private:
  using Answers = std::vector<FailureAnswer>; // one for each failure of a batch

  [[nodiscard]] bool is_asked() const;
  [[nodiscard]] Answers ask(Batch& batch, const Outcomes& outcomes);
  [[nodiscard]] static Triaged take_over(const Batch& batch, Outcomes& outcomes,
                                         const Answers& answers);
  [[nodiscard]] FailureAnswer ask(const DeadRow& row);
  [[nodiscard]] Instant next_try(std::uint64_t attempts) const;
  [[nodiscard]] bool take_out(const DeadRow& row, FailureAnswer answer);
  void record(const std::string& spool, const std::vector<std::string_view>& retried,
              const Triaged::Counts& counts);
  [[nodiscard]] Answers write_rows(const Batch& batch, const Outcomes& outcomes,
                                   const Answers& answers, TableSettler& rows);
  void correct_totals(const Triaged::Counts& counts, bool are_files);

  Context m_context;
  SqliteStore& m_store;
  Hooks* m_hooks;
  Backoff m_backoff;
};

} // namespace menacedb
