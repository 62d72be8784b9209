#pragma once

#include "core/model/ledger_view.hpp"
#include "core/model/spool_position.hpp"

#include <span>

namespace menacedb {

// What a ledger said at one moment, without the ledger. The positions must outlive it, sorted as
// the ledger gives them.
class KnownPositions : public LedgerView {
public:
  explicit KnownPositions(std::span<const SpoolPosition> spools) : m_spools(spools) {}
  Position position(const SegmentId& segment) override;
  std::uint64_t highest(std::string_view spool) override;

private:
  [[nodiscard]] const SpoolPosition* find(std::string_view spool) const;

  std::span<const SpoolPosition> m_spools;
};

} // namespace menacedb
