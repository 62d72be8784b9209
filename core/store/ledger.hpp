#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/model/batch.hpp"
#include "core/model/ledger_view.hpp"
#include "core/model/spool_position.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// The ledger of a home store: menacedb_ledger (segments under way: bytes decided, digest) and
// menacedb_settled (intervals of sequence numbers that are over). A floor alone would have to know
// that a missing number will never be used; intervals need no such proof, merge to a handful of
// rows, and a settled file that a power cut brought back is recognised.
class Ledger : public LedgerView {
public:
  explicit Ledger(Database& database); // the schema must be migrated
  Position position(const SegmentId& segment) override;
  std::uint64_t highest(std::string_view spool) override;

  // Inside the caller's transaction: compares each slice's begin and digest, then sets end and
  // digest after. False when any differs (another drain won; roll back). `entries` are the numbers
  // of entries per slice, for the record.
  [[nodiscard]] bool advance(std::span<const Slice> slices, Instant now,
                             std::span<const std::uint64_t> entries = {});
  // All that it knows, by spool id.
  [[nodiscard]] std::vector<SpoolPosition> positions();
  // Inside the caller's transaction: knows from now on what `known` says, too. What both know is
  // taken from `known`, but nothing that is over begins anew.
  void adopt(const SpoolPosition& known);
  // The segments of a spool that are not over.
  [[nodiscard]] std::vector<SegmentId> under_way(std::string_view spool);
  // Folds settled segments into intervals, in a transaction of its own. May be repeated.
  void fold(std::span<const SegmentId> segments);
  // Whether every slice stands at its end: the look after a commit that answered with an error.
  [[nodiscard]] bool has_reached(std::span<const Slice> slices);

private:
  [[nodiscard]] bool is_settled(const SegmentId& segment);
  [[nodiscard]] bool advance_slice(const Slice& slice, std::uint64_t entries, Instant now);
  void fold_segment(const SegmentId& segment);
  void adopt_interval(const std::string& spool, SpoolPosition::Interval interval);

  Database& m_database;
  LazyStatement m_position;
  LazyStatement m_highest;
  LazyStatement m_interval;
  LazyStatement m_under_way;
  LazyStatement m_update;
  LazyStatement m_insert;
  LazyStatement m_forget;
  LazyStatement m_delete_interval;
  LazyStatement m_insert_interval;
};

} // namespace menacedb
