#pragma once

#include "core/base/log.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/spool.hpp"

#include <map>
#include <set>

namespace menacedb {

struct JsonlQueueOptions {
  Bytes max_line = 16u << 20;
  bool flat_archive = true;
  // Decide an active segment in place while it is smaller than this and its identity can be kept in
  // the inode; 0 seals always (`sync --once`, so that the queue file is empty afterwards).
  Bytes in_place_below = 0;
};

// The jsonl format (DESIGN section 3). See spool.hpp for the files.
class JsonlQueue : public Queue {
public:
  JsonlQueue(Fs& fs, Clock& clock, const Log& log, std::string directory,
             const JsonlQueueOptions& options);

  std::string append(const Lane& lane, std::string_view lines,
                     const AppendOptions& options) override;
  void claim(LedgerView& ledger, const ClaimLimits& limits, Batch& batch) override;
  void settle(const Batch& batch) override;
  std::vector<SegmentId> sweep(LedgerView& ledger) override;
  QueueScan scan(LedgerView& ledger, Bytes count_bytes) override;

  [[nodiscard]] Spool& spool() noexcept { return m_spool; }

private:
  Fs& m_fs;
  Clock& m_clock;
  const Log& m_log;
  Spool m_spool;
  JsonlQueueOptions m_options;
};

} // namespace menacedb
