#pragma once

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/model/batch.hpp"
#include "core/queue/background_jobs.hpp"
#include "core/queue/segment_reader.hpp"
#include "core/queue/spool.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// queue.log.bak: every processed line of the spool, flat, for people and old scripts. Not synced
// and best effort: the archive is what recovery reads.
//
// Large pieces are written by a thread of their own, since copying every line once more would take
// a quarter of a drain's time: a processor that the drain does not use does it meanwhile. It reads
// sealed segments, which do not change, from their files.
class FlatArchive {
public:
  FlatArchive(Fs& fs, const Log& log, const Spool& spool);

  // The bytes of the batch's slices; those that the batch does not hold are read from the segments.
  void append(const Batch& batch);
  // Until all that was appended is written.
  void flush() { m_jobs.flush(); }

private:
  [[nodiscard]] Fd open_target();
  void attempt(const std::function<void()>& work);
  void append_slice(const Slice& slice);
  void append_in_background(const Slice& slice);
  // On whichever thread; what goes wrong is reported once.
  void copy(const Slice& slice);
  void write(std::string_view bytes);
  void copy_to(const Fd& target, const Slice& slice);

  Fs& m_fs;
  const Log& m_log;
  const Spool& m_spool;
  std::atomic<bool> m_has_warned = false;
  BackgroundJobs m_jobs; // last: its thread uses the rest
};

} // namespace menacedb
