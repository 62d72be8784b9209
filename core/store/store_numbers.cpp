#include "core/store/store_numbers.hpp"

#include "core/db/sql_values.hpp"
#include "core/store/ledger.hpp"

namespace menacedb {
namespace {

std::vector<StoreNumbers::DeadLane> read_dead_lanes(Database& database) {
  std::vector<StoreNumbers::DeadLane> lanes;
  Statement statement =
      database.prepare("SELECT spool, lane, lane_priority, count(*) FROM menacedb_dead "
                       "WHERE state = 'dead' GROUP BY spool, lane, lane_priority");
  while (statement.step()) {
    lanes.push_back({std::string(statement.text(0)),
                     {std::string(statement.text(1)), static_cast<int>(statement.integer(2))},
                     unsigned_from_sql(statement.integer(3))});
  }
  return lanes;
}

} // namespace

std::uint64_t StoreNumbers::dead_in(const std::string& spool, const Lane& lane) const {
  for (const DeadLane& dead : dead_lanes) {
    if (dead.spool == spool && dead.lane == lane) {
      return dead.count;
    }
  }
  return 0;
}

StoreNumbers read_store_numbers(Database& database) {
  StoreNumbers numbers;
  numbers.summary = read_store_summary(database);
  numbers.positions = Ledger(database).positions();
  if (numbers.summary.dead > 0) {
    numbers.dead_lanes = read_dead_lanes(database);
  }
  return numbers;
}

} // namespace menacedb
