#pragma once

#include "core/model/ledger_view.hpp"

namespace menacedb {

// The ledger of a store that is not there, or is not asked: nothing is decided.
class NoLedger : public LedgerView {
public:
  Position position(const SegmentId&) override { return {}; }
  std::uint64_t highest(std::string_view) override { return 0; }
};

} // namespace menacedb
