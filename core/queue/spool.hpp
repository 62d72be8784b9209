#pragma once

#include "core/model/segment_id.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"

#include <string>
#include <vector>

namespace menacedb {

// The names and numbers of one jsonl spool directory:
//
//   <lane>.jsonl, <lane>@p<N>.jsonl               active segments
//   sealed/.spool                                 spool id, next sequence number
//   sealed/<spool-id>.<seq>.<lane file name>      sealed, oldest sequence first within a lane
//   archive/<spool-id>.<seq>.<lane file name>     decided and settled
//   queue.failed.jsonl, queue.log.bak             exported views
//
// The directories are created by the first call that needs them.
class Spool {
public:
  Spool(Fs& fs, Clock& clock, std::string directory);

  [[nodiscard]] const std::string& directory() const noexcept { return m_directory; }
  [[nodiscard]] std::string active_path(const Lane& lane) const;
  [[nodiscard]] std::string sealed_path(const SegmentId& segment, const Lane& lane) const;
  [[nodiscard]] std::string archive_path(const SegmentId& segment, const Lane& lane) const;
  [[nodiscard]] std::string failed_path() const;
  [[nodiscard]] std::string flat_archive_path() const;
  [[nodiscard]] std::string drain_lock_path() const;

  // A number never given before, not even across a power cut: numbers are reserved ahead and
  // synced.
  [[nodiscard]] SegmentId next_segment();

  struct Sealed {
    SegmentId segment;
    Lane lane;
    std::string path;
  };
  // Of all spool ids found there, in order of lane, spool id and sequence.
  [[nodiscard]] std::vector<Sealed> sealed() const;

private:
  Fs& m_fs;
  Clock& m_clock;
  std::string m_directory;
};

} // namespace menacedb
