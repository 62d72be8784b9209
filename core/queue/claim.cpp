#include "core/queue/claim.hpp"

#include "core/base/error.hpp"
#include "core/queue/survey_numbers.hpp"

#include <algorithm>

namespace menacedb {

namespace {

constexpr Duration k_busy_wait = std::chrono::milliseconds(10);
constexpr Duration k_writer_wait = std::chrono::seconds(1);

} // namespace

struct Claimer::Pass {
  LedgerView& ledger;
  const ClaimLimits& limits;
  Batch& batch;
  Bytes max_line;
  SurveyNumbers numbers;
  Bytes taken = 0;
  std::size_t counted = 0; // slices in `taken`

  [[nodiscard]] ReadRequest request() {
    for (; counted < batch.slices.size(); ++counted) {
      taken += batch.slices[counted].end - batch.slices[counted].begin;
    }
    ReadRequest request;
    request.room = limits.bytes - std::min(limits.bytes, taken);
    request.most_entries = limits.entries;
    request.max_line = max_line;
    request.table = limits.table;
    return request;
  }
};

Claimer::Claimer(Fs& fs, Clock& clock, const Log& log, Spool& spool, StrayReporter& strays,
                 const ClaimOptions& options)
    : m_fs(fs),
      m_spool(spool),
      m_strays(strays),
      m_options(options),
      m_survey(fs, spool, strays),
      m_reader(fs),
      m_sealer(fs, spool, strays),
      m_identities(fs, log, spool),
      m_durability(fs, log, spool),
      m_writers(fs, clock) {}

void Claimer::claim(LedgerView& ledger, const ClaimLimits& limits, Batch& batch) {
  m_reader.recycle(batch);
  batch.clear();
  m_held_back.reset();
  Pass pass{ledger, limits, batch, m_options.max_line, {m_fs, ledger, m_spool, m_survey}};
  try {
    fill(pass);
  } catch (...) {
    batch.clear(); // not all that is in it need be on disk
    throw;
  }
  m_was_empty = batch.is_empty();
  if (!m_was_empty) {
    m_fs.reached(Step::claim_read);
  }
}

void Claimer::give_up(const Lane& lane, const std::string& path, const std::string& reason) {
  if (const auto found = m_survey.lanes().find(lane); found != m_survey.lanes().end()) {
    m_durability.fail(found->second, path, reason);
  }
}

void Claimer::fill(Pass& pass) {
  m_survey.refresh(m_was_empty);
  const std::vector<LaneFiles*> order = in_turn();
  seal_ahead(order, pass);
  for (LaneFiles* const lane : order) {
    const std::size_t slices = pass.batch.slices.size();
    if (serve(*lane, pass) != Next::stop) {
      continue;
    }
    // The next batch begins with this lane when it got nothing, else with the one behind it.
    std::string& turn = m_turns[lane->lane.priority];
    turn = lane->lane.name;
    if (pass.batch.slices.size() > slices) {
      turn.push_back('\0');
    }
    return;
  }
}

std::vector<LaneFiles*> Claimer::in_turn() {
  std::vector<LaneFiles*> order;
  Survey::Lanes& lanes = m_survey.lanes();
  for (auto begin = lanes.begin(); begin != lanes.end();) {
    const int priority = begin->first.priority;
    const auto end = lanes.lower_bound(Lane{std::string(), priority + 1});
    const auto first = lanes.lower_bound(Lane{m_turns[priority], priority});
    for (auto lane = first; lane != end; ++lane) {
      order.push_back(&lane->second);
    }
    for (auto lane = begin; lane != first; ++lane) {
      order.push_back(&lane->second);
    }
    begin = end;
  }
  return order;
}

// So that many small lanes share their directory syncs. Guesses from sizes alone; who is left out
// is sealed when served.
void Claimer::seal_ahead(const std::vector<LaneFiles*>& order, Pass& pass) {
  const Bytes room = pass.limits.bytes;
  std::vector<LaneFiles*> chosen;
  Bytes expected = 0;
  for (LaneFiles* const lane : order) {
    if (expected >= room) {
      break;
    }
    for (const SealedFile& file : lane->sealed) {
      expected += file.is_done() ? 0 : file.look.size;
    }
    const bool may_stay =
        m_options.in_place_below > 0 && lane->active && lane->unmarkable != lane->active->id;
    if (expected < room && !lane->is_failed && !lane->is_idle() && lane->active->size > 0 &&
        !may_stay) {
      expected += lane->active->size;
      chosen.push_back(lane);
    }
  }
  if (chosen.size() > 1) {
    (void)m_sealer.seal(chosen, pass.numbers);
  }
}

bool Claimer::decides_in_place(const LaneFiles& lane) const {
  return lane.active->size < m_options.in_place_below && lane.unmarkable != lane.active->id;
}

Claimer::Next Claimer::serve(LaneFiles& lane, Pass& pass) {
  if (lane.is_failed) {
    return Next::lane;
  }
  if (!complete_seal(lane, pass)) {
    hold_back(k_busy_wait);
    return Next::lane;
  }
  for (SealedFile& file : lane.sealed) {
    if (!file.is_done()) {
      const Next next = serve_sealed(lane, file, pass);
      if (next != Next::segment) {
        return next;
      }
    }
  }
  return serve_active(lane, pass);
}

// After a power cut that undid the exchange of a seal, or a crash before it, the active file and a
// file in sealed/ have the same number; the younger one is in sealed/. The seal is done again.
bool Claimer::complete_seal(LaneFiles& lane, Pass& pass) {
  if (!lane.must_check_twin || !lane.active || lane.sealed.empty()) {
    return true;
  }
  const auto file = open_active(lane);
  if (!file) {
    return false;
  }
  const auto mark = read_identity(m_fs, *file);
  const bool has_twin =
      mark && std::any_of(lane.sealed.begin(), lane.sealed.end(),
                          [&](const SealedFile& sealed) { return sealed.segment == *mark; });
  if (has_twin) {
    LaneFiles* const one = &lane;
    if (!m_sealer.seal({&one, 1}, pass.numbers).front()) {
      return false;
    }
  }
  lane.must_check_twin = false;
  return true;
}

Claimer::Next Claimer::serve_sealed(LaneFiles& lane, SealedFile& file, Pass& pass) {
  OpenSegment segment{file.segment, lane.lane, file.path, true, {}};
  if (auto opened = open_readable(m_fs, m_strays, file.path)) {
    segment.file = std::move(*opened);
  } else {
    file.done = file.look; // settled by another drain, or a stray
    return Next::segment;
  }
  // The ledger before the size: the other way round, a file that grew and was decided in between
  // would look rewritten.
  const Position position = pass.ledger.position(file.segment);
  const FileStat stat = m_fs.stat(segment.file);
  if (position.is_settled || stat.size == 0) {
    file.done = file.look = look_of(stat);
    return Next::segment;
  }
  const std::size_t slices = pass.batch.slices.size();
  const ReadEnd end = read_sealed(lane, file, segment, position, pass);
  const bool has_taken = pass.batch.slices.size() > slices;
  if (has_taken) {
    m_durability.sync_sealed(m_survey.lanes(), lane, file, segment.file,
                             pass.batch.slices.back().end);
  }
  switch (end) {
  case ReadEnd::complete:
    if (!has_taken) {
      file.done = file.look = look_of(stat);
    }
    return Next::segment;
  case ReadEnd::unterminated:
    if (m_writers.is_fresh(stat)) {
      hold_back(k_writer_wait);
      return Next::lane;
    }
    return Next::segment;
  case ReadEnd::full:
    return Next::stop;
  case ReadEnd::other_table:
  case ReadEnd::rewritten:
    return Next::lane;
  }
  return Next::lane;
}

ReadEnd Claimer::read_sealed(LaneFiles& lane, SealedFile& file, OpenSegment& segment,
                             const Position& position, Pass& pass) {
  ReadRequest request = pass.request();
  request.is_final = [&] { return m_writers.are_gone(segment.path, m_fs.stat(segment.file)); };
  const ReadEnd end = m_reader.read(segment, position, request, pass.batch);
  if (end != ReadEnd::rewritten || !m_identities.renumber(lane.lane, file, pass.numbers)) {
    return end;
  }
  segment.segment = file.segment;
  segment.path = file.path;
  return m_reader.read(segment, {}, request, pass.batch);
}

Claimer::Next Claimer::serve_active(LaneFiles& lane, Pass& pass) {
  if (lane.is_idle()) {
    return Next::lane;
  }
  if (decides_in_place(lane)) {
    const Next next = serve_in_place(lane, pass);
    if (lane.unmarkable != lane.active->id) {
      return next;
    }
  }
  const bool may_be_decided = m_options.in_place_below > 0;
  if (lane.active->size == 0 || (may_be_decided && is_decided(lane, pass))) {
    return Next::lane;
  }
  return seal_and_serve(lane, pass);
}

Claimer::Next Claimer::serve_in_place(LaneFiles& lane, Pass& pass) {
  const FileLook look = look_of(*lane.active);
  OpenSegment segment;
  segment.lane = lane.lane;
  segment.path = m_spool.active_path(lane.lane);
  auto file = open_active(lane);
  auto mark = file ? mark_of(lane, *file, pass) : std::nullopt;
  if (!mark) {
    if (look.size == 0) {
      lane.idle = look;
    } else if (lane.unmarkable != look.id) {
      hold_back(k_busy_wait);
    }
    return Next::lane;
  }
  segment.segment = *mark;
  segment.file = std::move(*file);
  const std::size_t slices = pass.batch.slices.size();
  const Position position = pass.ledger.position(segment.segment);
  ReadEnd end = position.is_settled ? ReadEnd::rewritten
                                    : m_reader.read(segment, position, pass.request(), pass.batch);
  if (end == ReadEnd::rewritten) {
    const auto number = m_identities.mark(lane, segment.file, segment.segment, pass.numbers);
    if (!number) {
      hold_back(k_busy_wait);
      return Next::lane;
    }
    m_identities.report(segment.path, segment.segment, *number);
    segment.segment = *number;
    lane.mark = number;
    end = m_reader.read(segment, {}, pass.request(), pass.batch);
  }
  if (pass.batch.slices.size() > slices) {
    m_durability.sync_active(lane, segment.file, pass.batch.slices.back().end);
  } else if (end == ReadEnd::complete || end == ReadEnd::unterminated) {
    lane.idle = look;
  }
  return end == ReadEnd::full ? Next::stop : Next::lane;
}

Claimer::Next Claimer::seal_and_serve(LaneFiles& lane, Pass& pass) {
  LaneFiles* const one = &lane;
  const auto sealed = m_sealer.seal({&one, 1}, pass.numbers).front();
  if (!sealed) {
    hold_back(k_busy_wait);
    return Next::lane;
  }
  const auto file =
      std::find_if(lane.sealed.begin(), lane.sealed.end(),
                   [&](const SealedFile& candidate) { return candidate.segment == *sealed; });
  const Next next = serve_sealed(lane, *file, pass);
  return next == Next::segment ? Next::lane : next;
}

// None when the lane has another active file by now than when it was surveyed: sealed segments may
// have come between, so it waits for the next claim.
std::optional<Fd> Claimer::open_active(const LaneFiles& lane) {
  auto file = open_readable(m_fs, m_strays, m_spool.active_path(lane.lane));
  if (file && m_fs.stat(*file).id != lane.active->id) {
    file.reset();
  }
  return file;
}

bool Claimer::is_decided(LaneFiles& lane, Pass& pass) {
  const FileLook look = look_of(*lane.active);
  const auto file = open_active(lane);
  const auto mark = file ? read_identity(m_fs, *file) : std::nullopt;
  if (!mark) {
    return false;
  }
  const Position position = pass.ledger.position(*mark);
  if (!position.is_settled && position.offset == look.size) {
    lane.idle = look;
    return true;
  }
  return false;
}

// The number that the active file carries; it gets one when it has none, or when it is a copy, with
// attributes, of another lane's file.
std::optional<SegmentId> Claimer::mark_of(LaneFiles& lane, const Fd& file, Pass& pass) {
  const auto mark = read_identity(m_fs, file);
  if (mark && lane.mark == mark) {
    return mark;
  }
  if (!mark && lane.active->size == 0) {
    return std::nullopt;
  }
  const Survey::Lanes& lanes = m_survey.lanes();
  const bool is_copy = std::any_of(lanes.begin(), lanes.end(), [&](const auto& other) {
    return mark && &other.second != &lane && other.second.active && other.second.mark == mark;
  });
  lane.mark = mark && !is_copy ? mark : m_identities.mark(lane, file, mark, pass.numbers);
  return lane.mark;
}

void Claimer::hold_back(Duration wait) {
  m_held_back = std::min(m_held_back.value_or(wait), wait);
}

} // namespace menacedb
