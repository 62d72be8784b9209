#pragma once

#include "core/store/flow.hpp"
#include "core/store/stats_rows.hpp"

#include <cstdint>

namespace menacedb {

// What a store tells about itself at one moment, in two statements: `status` is run often, and
// preparing a statement costs more than most of them.
struct StoreSummary {
  StatsValues values;
  StoreTotals totals;
  std::uint64_t dead = 0;      // dead letters that wait
  std::uint64_t replayed = 0;  // dead letters that were queued again
  std::uint64_t deferred = 0;  // entries that wait for their time
  std::uint64_t forwarded = 0; // entries on the way to another store
};

[[nodiscard]] StoreSummary read_store_summary(Database& database); // the schema must be migrated
[[nodiscard]] Flow read_flow(Database& database);                  // likewise

} // namespace menacedb
