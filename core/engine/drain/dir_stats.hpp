#pragma once

#include "core/engine/context.hpp"
#include "core/store/stats_rows.hpp"

#include <cstdint>
#include <string>

namespace menacedb {

// `stats.json` of a directory queue, for scripts that read it: the old shell library's five
// counters, from the home store's exact ones. `pending` is what waits now. Not thread-safe.
class DirStats {
public:
  DirStats(const Context& context, std::string path, std::string database);

  // Does nothing when the file says that already.
  void write(const StoreTotals& totals, std::uint64_t pending);

  // The same for a drain that has nothing to decide: another may have died before it came to that,
  // and direct writes leave the file alone. Its time does not tell, as the numbers in it are older.
  // One look for each change of the store, also when that cannot be looked into.
  void catch_up(std::uint64_t pending);

private:
  [[nodiscard]] Instant changed_at() const;

  Context m_context;
  std::string m_path;
  std::string m_database;
  Instant m_seen = Instant::min();
};

} // namespace menacedb
