#pragma once

#include "core/model/ledger_view.hpp"
#include "core/queue/spool.hpp"
#include "core/queue/writers.hpp"

#include <vector>

namespace menacedb {

// Carries sealed segments that are decided to their end into archive/, once nobody can append to
// them any more, and deletes those that stayed empty.
class Sweeper {
public:
  Sweeper(Fs& fs, Clock& clock, Spool& spool) : m_fs(fs), m_spool(spool), m_writers(fs, clock) {}

  // Returns the segments that are in the archive by now, or gone for good; the names are synced.
  [[nodiscard]] std::vector<SegmentId> sweep(LedgerView& ledger);

private:
  [[nodiscard]] bool is_over(const Spool::Sealed& sealed, const FileStat& stat, LedgerView& ledger);
  [[nodiscard]] bool has_digest(const std::string& path, const Position& position);
  [[nodiscard]] bool archive(const Spool::Sealed& sealed);
  bool remove_empty(const Spool::Sealed& sealed, const FileStat& stat); // true: settled by this

  Fs& m_fs;
  Spool& m_spool;
  Writers m_writers;
};

} // namespace menacedb
