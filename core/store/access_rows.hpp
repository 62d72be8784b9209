#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/model/access_counts.hpp"
#include "core/store/stats_rows.hpp"

#include <cstdint>
#include <string_view>

namespace menacedb {

[[nodiscard]] AccessCounts accesses_in(const StatsValues& values);
// The number of the last file of a spool that is in there; 0: none.
[[nodiscard]] std::uint64_t folded_in(const StatsValues& values, std::string_view spool);

// Counts of accesses by table, in menacedb_stats: writes that came through a queue are added in the
// transaction that applies them, all others by a drain, from the file that a spool collects them in
// (core/queue/access_tally.hpp).
class AccessRows {
public:
  explicit AccessRows(Database& database);

  void add(const AccessCounts& increments); // inside the caller's transaction
  [[nodiscard]] AccessCounts counts() { return accesses_in(m_stats.values()); }
  [[nodiscard]] std::uint64_t folded(std::string_view spool) {
    return folded_in(m_stats.values(), spool);
  }
  void note_folded(std::string_view spool); // one more; inside the caller's transaction

private:
  void add_one(std::string_view name, std::uint64_t increment);

  LazyStatement m_add;
  StatsRows m_stats;
};

} // namespace menacedb
