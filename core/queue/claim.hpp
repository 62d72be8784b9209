#pragma once

#include "core/base/log.hpp"
#include "core/queue/durability.hpp"
#include "core/queue/identity.hpp"
#include "core/queue/lane_sealer.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/segment_reader.hpp"
#include "core/queue/survey.hpp"
#include "core/queue/writers.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

struct ClaimOptions {
  Bytes max_line = 0;
  Bytes in_place_below = 0;
};

// Gathers the next undecided lines of a spool. Lanes are served by priority; within a priority in
// turn, so that one long lane does not hold up the others. Within a lane segments are served in
// order, and a later one only when the earlier one is in the batch to its end; a segment whose
// unterminated last line a living writer has left alone for a while does not hold up the lane.
class Claimer {
public:
  Claimer(Fs& fs, Clock& clock, const Log& log, Spool& spool, StrayReporter& strays,
          const ClaimOptions& options);

  void claim(LedgerView& ledger, const ClaimLimits& limits, Batch& batch);
  // A sync of one of the lane's files failed elsewhere: nothing more is taken from the lane.
  void give_up(const Lane& lane, const std::string& path, const std::string& reason);
  // How long it may take until a file that the last claim held back can be served; none when none
  // was.
  [[nodiscard]] std::optional<Duration> held_back() const noexcept { return m_held_back; }

private:
  struct Pass; // one call of claim()
  // What serving a lane or a segment means for what comes after it.
  enum class Next {
    segment, // in the batch or decided to its end, or gone: the lane's next one may follow
    lane,    // nothing more of this lane
    stop,    // no room in the batch
  };

  void fill(Pass& pass);
  [[nodiscard]] std::vector<LaneFiles*> in_turn();
  void seal_ahead(const std::vector<LaneFiles*>& order, Pass& pass);
  [[nodiscard]] bool decides_in_place(const LaneFiles& lane) const;

  [[nodiscard]] Next serve(LaneFiles& lane, Pass& pass);
  [[nodiscard]] bool complete_seal(LaneFiles& lane, Pass& pass); // false: busy
  [[nodiscard]] Next serve_sealed(LaneFiles& lane, SealedFile& file, Pass& pass);
  [[nodiscard]] ReadEnd read_sealed(LaneFiles& lane, SealedFile& file, OpenSegment& segment,
                                    const Position& position, Pass& pass);
  [[nodiscard]] Next serve_active(LaneFiles& lane, Pass& pass);
  [[nodiscard]] Next serve_in_place(LaneFiles& lane, Pass& pass);
  [[nodiscard]] Next seal_and_serve(LaneFiles& lane, Pass& pass);
  [[nodiscard]] std::optional<Fd> open_active(const LaneFiles& lane);
  [[nodiscard]] bool is_decided(LaneFiles& lane, Pass& pass);
  [[nodiscard]] std::optional<SegmentId> mark_of(LaneFiles& lane, const Fd& file, Pass& pass);
  void hold_back(Duration wait);

  Fs& m_fs;
  Spool& m_spool;
  StrayReporter& m_strays;
  ClaimOptions m_options;
  Survey m_survey;
  SegmentReader m_reader;
  LaneSealer m_sealer;
  Identities m_identities;
  Durability m_durability;
  Writers m_writers;
  std::map<int, std::string> m_turns; // by priority, the lane name to begin with
  std::optional<Duration> m_held_back;
  bool m_was_empty = true; // the last claim
};

} // namespace menacedb
