#pragma once

#include "core/base/log.hpp"
#include "core/os/fs.hpp"
#include "core/queue/survey.hpp"

namespace menacedb {

// Makes what a claim took survive a power cut before a commit names it, and no oftener than needed.
// A failed sync is final: the kernel reports lost pages once, so the lane is not served again by
// this process.
class Durability {
public:
  Durability(Fs& fs, const Log& log, Spool& spool) : m_fs(fs), m_log(log), m_spool(spool) {}

  // The segment's name, and its bytes up to `end`.
  void sync_sealed(Survey::Lanes& lanes, LaneFiles& lane, SealedFile& file, const Fd& descriptor,
                   Bytes end);
  // The active file's mark, and its bytes up to `end`.
  void sync_active(LaneFiles& lane, const Fd& descriptor, Bytes end);
  // A sync of one of the lane's files failed.
  void fail(LaneFiles& lane, const std::string& path, const std::string& reason);

private:
  void sync_names(Survey::Lanes& lanes);

  Fs& m_fs;
  const Log& m_log;
  Spool& m_spool;
};

} // namespace menacedb
