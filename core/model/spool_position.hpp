#pragma once

#include "core/base/units.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace menacedb {

// All that a ledger says of one spool: which segments are over, and how far the others are decided.
struct SpoolPosition {
  struct Interval { // of sequence numbers that are over
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  struct UnderWay {
    std::uint64_t segment = 0;
    Bytes decided = 0;
    std::uint64_t digest = 0; // of the bytes just before
  };
  std::string spool;
  std::vector<Interval> settled;
  std::vector<UnderWay> under_way;
};

} // namespace menacedb
