#pragma once

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/model/batch.hpp"
#include "core/queue/background_writer.hpp"
#include "core/queue/segment_reader.hpp"
#include "core/queue/spool.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// queue.log.bak: every processed line of the spool, flat, for people and old scripts. Not synced
// and best effort: the archive is what recovery reads.
//
// Large batches are written by a thread of their own, since copying every line once more would take
// a quarter of a drain's time: a processor that the drain does not use does it meanwhile.
class FlatArchive {
public:
  FlatArchive(Fs& fs, const Log& log, const Spool& spool);

  // The bytes of the batch's slices; of long lines, which the batch does not hold, from the
  // segments.
  void append(const Batch& batch);
  // Until all that was appended is written.
  void flush() { m_writer.flush(); }

private:
  [[nodiscard]] Fd open_target();
  void warn(const Error& error);
  void write_in_background(std::string_view bytes);
  void append_slices(const Batch& batch);
  void copy(const Slice& slice, const Fd& target);
  void write(const Fd& target, std::string_view bytes);

  Fs& m_fs;
  const Log& m_log;
  const Spool& m_spool;
  std::atomic<bool> m_has_warned = false;
  BackgroundWriter m_writer; // last: its thread uses the rest
};

} // namespace menacedb
