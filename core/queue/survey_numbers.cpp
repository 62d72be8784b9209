#include "core/queue/survey_numbers.hpp"

#include "core/base/error.hpp"
#include "core/queue/seal.hpp"

#include <algorithm>

namespace menacedb {

std::uint64_t SurveyNumbers::highest(std::string_view spool) {
  if (!m_has_looked) {
    m_has_looked = true;
    for (auto& [name, lane] : m_survey.lanes()) {
      for (const SealedFile& file : lane.sealed) {
        add(file.segment);
      }
      add_marks(lane);
    }
  }
  const auto found = m_highest.find(spool);
  return std::max(m_ledger.highest(spool), found == m_highest.end() ? 0 : found->second);
}

bool SurveyNumbers::is_settled(const SegmentId& segment) {
  return m_ledger.position(segment).is_settled;
}

void SurveyNumbers::add(const SegmentId& segment) {
  std::uint64_t& highest = m_highest[segment.spool];
  highest = std::max(highest, segment.sequence);
}

void SurveyNumbers::add_marks(const LaneFiles& lane) {
  if (lane.mark) {
    add(*lane.mark);
    return;
  }
  if (!lane.active || lane.active->size == 0) {
    return;
  }
  try {
    const auto file = m_fs.open_if_exists(m_spool.active_path(lane.lane), {});
    if (const auto mark = file ? read_identity(m_fs, *file) : std::nullopt) {
      add(*mark);
    }
  } catch (const Error& error) { // one that we may not read is not served either
    if (error.kind() != ErrorKind::denied) {
      throw;
    }
  }
}

} // namespace menacedb
