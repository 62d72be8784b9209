#pragma once

#include "core/queue/seal.hpp"
#include "core/queue/survey.hpp"

#include <optional>
#include <span>
#include <vector>

namespace menacedb {

// Opens for reading what may be a queue's file; none when it is gone or a stray.
[[nodiscard]] std::optional<Fd> open_readable(Fs& fs, StrayReporter& strays,
                                              const std::string& path);

// Seals the active files of many lanes with one pair of directory syncs.
class LaneSealer {
public:
  LaneSealer(Fs& fs, Spool& spool, StrayReporter& strays)
      : m_fs(fs), m_spool(spool), m_strays(strays) {}

  // What was sealed, in the lane's list by now; none for those lanes whose active file was busy or
  // is not the surveyed one any more.
  std::vector<std::optional<SegmentId>> seal(std::span<LaneFiles* const> lanes,
                                             GivenNumbers& given);

private:
  void seal_some(std::span<LaneFiles* const> lanes, GivenNumbers& given,
                 std::vector<std::optional<SegmentId>>& results);
  [[nodiscard]] std::optional<Fd> lock_active(const LaneFiles& lane);
  void note(LaneFiles& lane, const Sealer::Sealed& sealed);

  Fs& m_fs;
  Spool& m_spool;
  StrayReporter& m_strays;
};

} // namespace menacedb
