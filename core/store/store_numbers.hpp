#pragma once

#include "core/model/segment_id.hpp"
#include "core/model/spool_position.hpp"
#include "core/store/store_summary.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace menacedb {

// What a home store says, at one moment, of itself and of the spools that it decides.
struct StoreNumbers {
  struct DeadLane { // dead letters that wait
    std::string spool;
    Lane lane;
    std::uint64_t count = 0;
  };
  StoreSummary summary;
  std::vector<SpoolPosition> positions; // sorted, as Ledger::positions() gives them
  std::vector<DeadLane> dead_lanes;

  [[nodiscard]] std::uint64_t dead_in(const std::string& spool, const Lane& lane) const;
};

// Inside the caller's transaction; the schema must be migrated.
[[nodiscard]] StoreNumbers read_store_numbers(Database& database);

} // namespace menacedb
