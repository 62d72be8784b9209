#pragma once

#include "core/db/database.hpp"
#include "core/model/spool_position.hpp"
#include "core/store/entry_place.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace menacedb {

class SqliteStore;

// What a home store knows about the queues that an older copy of it does not: kept while the copy
// takes its place, so that nothing is decided twice (invariant 1).
struct StorePast {
  bool is_known = false; // false: the store cannot be read, or there was none
  std::vector<SpoolPosition> positions;
  // Where an entry stood: spool, segment and offset; of a direct write the number of its row.
  using Place = std::tuple<std::string, std::uint64_t, Bytes>;
  // On their way to another store. What was decided and is not among them has arrived there.
  std::set<Place> undelivered;
  // Not due yet. What was deferred once and is not among them has been decided.
  std::set<Place> deferred;
};
[[nodiscard]] StorePast::Place past_place(const EntryPlace& place, std::int64_t row);
[[nodiscard]] StorePast read_store_past(Database& database);

// Makes the successor of the store out of an older copy: its ledger says of all that was decided
// that it was, deferred entries included; what arrived in other stores leaves its outbox; and its
// id is a new one, since the numbers of its outbox begin again below those that other stores have
// seen.
void succeed(SqliteStore& copy, const StorePast& past);

} // namespace menacedb
