#pragma once

#include "core/base/units.hpp"
#include "core/model/segment_id.hpp"

#include <cstdint>
#include <string_view>

namespace menacedb {

// How far a segment is decided, as the home store's ledger says.
struct Position {
  Bytes offset = 0;         // bytes decided from the start
  std::uint64_t digest = 0; // of the bytes just before the offset; 0 at offset 0
  bool is_settled = false;  // decided to its end and carried out; never read again
};

// What a queue may ask of the ledger. Implemented by core/store/ledger.
class LedgerView {
public:
  virtual ~LedgerView() = default;
  [[nodiscard]] virtual Position position(const SegmentId& segment) = 0; // unknown: all zero
  // The highest number of a segment of this spool that it has heard of; 0: of none.
  [[nodiscard]] virtual std::uint64_t highest(std::string_view spool) = 0;
};

} // namespace menacedb
