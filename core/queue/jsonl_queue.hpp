#pragma once

#include "core/base/log.hpp"
#include "core/queue/claim.hpp"
#include "core/queue/flat_archive.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/spool.hpp"
#include "core/queue/stray.hpp"
#include "core/queue/sweep.hpp"

#include <optional>
#include <span>

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
  void settle(const Batch& batch, const Outcomes& outcomes) override;
  std::vector<SegmentId> sweep(LedgerView& ledger) override;
  QueueScan scan(LedgerView& ledger, Bytes count_bytes) override;

  [[nodiscard]] Spool& spool() noexcept { return m_spool; }
  // Claimer::give_up.
  void give_up(const Lane& lane, const std::string& path, const std::string& reason) {
    m_claimer.give_up(lane, path, reason);
  }
  // How long it may take until something that the last claim held back can be claimed: a line
  // whose writer may still be at it, a file that was locked. None when nothing was held back.
  [[nodiscard]] std::optional<Duration> held_back() const noexcept { return m_claimer.held_back(); }
  // Those of the segments that have no file in sealed/ and are no active file: they were archived,
  // and a crash came before they were folded into the ledger.
  [[nodiscard]] std::vector<SegmentId> without_file(std::span<const SegmentId> segments);

private:
  Fs& m_fs;
  Spool m_spool;
  JsonlQueueOptions m_options;
  StrayReporter m_strays;
  Claimer m_claimer;
  FlatArchive m_flat_archive;
  Sweeper m_sweeper;
};

} // namespace menacedb
