#pragma once

#include "core/base/log.hpp"
#include "core/model/batch.hpp"
#include "core/queue/segment_reader.hpp"
#include "core/queue/spool.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// queue.log.bak: every processed line of the spool, flat, for people and old scripts. Not synced
// and best effort: the archive is what recovery reads.
class FlatArchive {
public:
  FlatArchive(Fs& fs, const Log& log, const Spool& spool) : m_fs(fs), m_log(log), m_spool(spool) {}

  // The bytes of the batch's slices: from its texts as far as `slice_texts` is about this batch,
  // else from the segments.
  void append(const Batch& batch, const std::vector<SliceText>& slice_texts);

private:
  void append_slices(const Batch& batch, const std::vector<SliceText>& slice_texts);
  void copy(const Slice& slice, const Fd& target);
  void write(const Fd& target, std::string_view bytes);

  Fs& m_fs;
  const Log& m_log;
  const Spool& m_spool;
  bool m_has_warned = false;
};

} // namespace menacedb
