#pragma once

#include "core/queue/segment_reader.hpp"
#include "core/queue/spool.hpp"

#include <deque>
#include <string>

namespace menacedb {

// Reads what a drain would claim next, without sealing, marking, syncing or creating anything: for
// dry runs. Active files without a number of their own get an empty SegmentId.
class Preview {
public:
  Preview(Fs& fs, Clock& clock, const std::string& directory, LedgerView& ledger, Bytes max_line);

  // The next lines, up to the limits, into `batch` (cleared first); leaves it empty at the end.
  void read(Bytes room, std::uint64_t most_entries, const std::string& table, Batch& batch);

private:
  struct Source {
    OpenSegment segment;
    Position position;
  };
  void add(const std::string& path, const Lane& lane, std::optional<SegmentId> sealed);

  Fs& m_fs;
  Spool m_spool;
  LedgerView& m_ledger;
  Bytes m_max_line;
  SegmentReader m_reader;
  std::deque<Source> m_sources;
};

} // namespace menacedb
