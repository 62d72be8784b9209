#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/model/access_counts.hpp"

#include <cstdint>
#include <string_view>

namespace menacedb {

// Counts of accesses by table, in menacedb_stats: writes that came through a queue are added in the
// transaction that applies them, all others by a drain, from the file that a spool collects them in
// (core/queue/access_tally.hpp).
class AccessRows {
public:
  explicit AccessRows(Database& database);

  void add(const AccessCounts& increments); // inside the caller's transaction
  [[nodiscard]] AccessCounts counts();

  // The number of the last file of a spool that is in here; 0: none.
  [[nodiscard]] std::uint64_t folded(std::string_view spool);
  void note_folded(std::string_view spool); // one more; inside the caller's transaction

private:
  void add_one(std::string_view name, std::uint64_t increment);

  LazyStatement m_add;
  LazyStatement m_all;
};

} // namespace menacedb
