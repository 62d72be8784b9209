#pragma once

#include "core/base/log.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/queue/dir_appender.hpp"
#include "core/queue/dir_claimer.hpp"
#include "core/queue/dir_settler.hpp"
#include "core/queue/dir_spool.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/stray.hpp"

#include <optional>
#include <string>

namespace menacedb {

// The `dir` format: one file per entry, numeric order of priority and sequence. Its entries have no
// slices but a file each, whose ledger id the home store's transaction compares and sets. claim(),
// settle() and sweep() want the spool's lock (DirSpool::lock_path): its holder owns processing/.
// Never creates the folders, except to append.
class DirQueue : public Queue {
public:
  DirQueue(Fs& fs, Clock& clock, const Log& log, std::string directory,
           const DirClaimOptions& options);

  // Each line becomes a file as it is; blank ones none.
  std::string append(const Lane& lane, std::string_view lines,
                     const AppendOptions& options) override;
  void claim(LedgerView& ledger, const ClaimLimits& limits, Batch& batch) override;
  void settle(const Batch& batch, const Outcomes& outcomes) override;
  std::vector<SegmentId> sweep(LedgerView& ledger) override; // puts back what a dead drain left
  QueueScan scan(LedgerView& ledger, Bytes count_bytes) override;

  // As claim(), while batches claimed before are still under way: see DirClaimer::claim_more. May
  // run on another thread than settle().
  void claim_more(const ClaimLimits& limits, Batch& batch) { m_claimer.claim_more(limits, batch); }
  // Only what waits: for a drain, which need not know how much is done.
  [[nodiscard]] QueueCount count_waiting(Bytes count_bytes);
  // What claim() would take, one batch after another, without changing anything.
  void preview(const ClaimLimits& limits, Batch& batch) { m_claimer.preview(limits, batch); }
  // A batch that was not decided: its entries go back to where they stood.
  void give_back(const Batch& batch) { m_settler.give_back(batch); }
  // Counts a retry for the entry; at `most` of them it goes to failed/ and the answer is true. It
  // must be of a batch that was claimed and not yet given back.
  [[nodiscard]] bool count_retry(const Batch& batch, const Entry& entry, std::uint32_t most);
  // Whether all was claimed that the folder held when it was read last.
  [[nodiscard]] bool is_used_up() const noexcept { return m_claimer.is_used_up(); }
  // When something is due that was put back for its time.
  [[nodiscard]] std::optional<Instant> next_due() const { return m_claimer.next_due(); }
  [[nodiscard]] DirSpool& spool() noexcept { return m_spool; }

private:
  Fs& m_fs;
  Clock& m_clock;
  StrayReporter m_strays;
  DirSpool m_spool;
  DirClaimer m_claimer;
  DirSettler m_settler;
};

} // namespace menacedb
