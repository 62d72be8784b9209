#pragma once

#include "core/db/database.hpp"
#include "core/model/batch.hpp"
#include "core/model/ledger_view.hpp"

#include <span>
#include <string>

namespace menacedb {

// The ledger of a home store: menacedb_ledger (segments under way: bytes decided, digest) and
// menacedb_settled (intervals of sequence numbers that are over). A floor alone would have to know
// that a missing number will never be used; intervals need no such proof, merge to a handful of
// rows, and a settled file that a power cut brought back is recognised.
class Ledger : public LedgerView {
public:
  explicit Ledger(Database& database); // the schema must be migrated
  Position position(const SegmentId& segment) override;

  // Inside the caller's transaction: compares each slice's begin and digest, then sets end and
  // digest after. False when any differs (another drain won; roll back).
  [[nodiscard]] bool advance(std::span<const Slice> slices, Instant now);
  // Folds settled segments into intervals, in a transaction of its own.
  void fold(std::span<const SegmentId> segments);

private:
  Database& m_database;
};

} // namespace menacedb
