#pragma once

#include "core/queue/seal.hpp"
#include "core/queue/spool.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace menacedb {

// The active file of a lane that holds nothing new, as far as its looks go: it is empty, or a drain
// has marked it and decides it in place.
struct IdleLane {
  Lane lane;
  std::string path;
  FileStat stat; // nobody has written to it since stat.changed_at
};
// In no order. Strays are left out.
[[nodiscard]] std::vector<IdleLane> find_idle_lanes(Fs& fs, const Spool& spool);

// Takes idle lanes away under the seal protocol: the active file gets the name of a sealed segment
// and no successor; whoever appends next makes a new one. Bytes that come late, from a producer
// that has the file open, are decided like those of any sealed segment; a file that stays empty is
// deleted by a sweep once no process can write to it any more. Nothing is promised about a power
// cut before sync(), and nothing needs to be: the names are then as they were.
class LaneRetirer {
public:
  LaneRetirer(Fs& fs, Spool& spool) : m_fs(fs), m_spool(spool) {}

  // False when somebody wrote to it since it was looked at, holds its lock, or took it away.
  bool retire(const IdleLane& idle);
  // Once after all of them. No commit may name a retired segment before.
  void sync();

private:
  Fs& m_fs;
  Spool& m_spool;
  bool m_has_retired = false;
};

} // namespace menacedb
