#pragma once

#include "core/base/log.hpp"
#include "core/queue/seal.hpp"
#include "core/queue/survey.hpp"

#include <optional>

namespace menacedb {

// Gives segments their numbers where a seal does not: active files that are decided in place, and
// files that were rewritten, so that the ledger's offset of the old number says nothing about them.
class Identities {
public:
  Identities(Fs& fs, const Log& log, Spool& spool) : m_fs(fs), m_log(log), m_spool(spool) {}

  // Marks the lane's active file, unless it has got another mark than `instead_of` meanwhile. None
  // when the file is busy, or is no longer the lane's, or takes no attribute (then the lane is told
  // so). The mark is not synced.
  [[nodiscard]] std::optional<SegmentId> mark(LaneFiles& lane, const Fd& file,
                                              const std::optional<SegmentId>& instead_of,
                                              GivenNumbers& given);
  // Renames the sealed file to a new number; false when somebody else did something to it.
  [[nodiscard]] bool renumber(const Lane& lane, SealedFile& file, GivenNumbers& given);
  void report(const std::string& path, const SegmentId& before, const SegmentId& after);

private:
  Fs& m_fs;
  const Log& m_log;
  Spool& m_spool;
};

} // namespace menacedb
