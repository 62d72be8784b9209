#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/model/batch.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace menacedb {

// How many entries this store has decided, ever.
struct StoreTotals {
  std::uint64_t applied = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t failed = 0;
  std::uint64_t deferred = 0;
  std::uint64_t forwarded = 0;
  std::uint64_t delivered = 0; // of `forwarded`: applied in their store, or found there
  std::uint64_t direct = 0;    // of `applied` and `duplicates`: written past the queue
  // Of directory queues alone, with the meaning that their stats.json gives them.
  std::uint64_t dir_processed = 0;
  std::uint64_t dir_failed = 0;
  std::uint64_t dir_retried = 0;
  std::uint64_t dir_direct = 0;
};

// All of menacedb_stats by name, but for what generations decided.
using StatsValues = std::map<std::string, std::uint64_t, std::less<>>;
[[nodiscard]] std::uint64_t value_in(const StatsValues& values, std::string_view name);
[[nodiscard]] StoreTotals totals_in(const StatsValues& values);
// Entries of one lane of a spool that were applied, or found to be there already.
[[nodiscard]] std::uint64_t completed_in(const StatsValues& values, std::string_view spool,
                                         const Lane& lane);

// menacedb_stats: totals that change in the transaction of what they count.
class StatsRows {
public:
  explicit StatsRows(Database& database);

  void add(const StoreTotals& increments); // inside the caller's transaction
  void add_completed(std::string_view spool, const Lane& lane, std::uint64_t increment);
  [[nodiscard]] StatsValues values();
  [[nodiscard]] StoreTotals totals() { return totals_in(values()); }

  // Of a spool that numbers what this store could not count at once: the last one that it has.
  [[nodiscard]] std::uint64_t counted(std::string_view spool);
  void note_counted(std::string_view spool, std::uint64_t number); // not lower than before

  // Entries that one generation of a policy decided, for as long as it is one of the newest.
  static constexpr std::size_t k_generations = 1000;
  void set_generation(std::string_view name); // sorts by time; empty: none is recorded
  void add_decided(std::uint64_t increment);

private:
  void add_one(std::string_view name, std::uint64_t increment);

  LazyStatement m_add;
  LazyStatement m_all;
  LazyStatement m_forget;
  std::string m_generation; // the name of its row
  bool m_has_forgotten = false;
};

} // namespace menacedb
