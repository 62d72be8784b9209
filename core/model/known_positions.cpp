#include "core/model/known_positions.hpp"

#include <algorithm>

namespace menacedb {
namespace {

bool is_settled(const SpoolPosition& spool, std::uint64_t sequence) {
  const auto above = std::ranges::upper_bound(spool.settled, sequence, {},
                                              [](const auto& interval) { return interval.first; });
  return above != spool.settled.begin() && std::prev(above)->last >= sequence;
}

} // namespace

Position KnownPositions::position(const SegmentId& segment) {
  Position position;
  const auto spool = std::ranges::lower_bound(m_spools, segment.spool, {}, &SpoolPosition::spool);
  if (spool == m_spools.end() || spool->spool != segment.spool) {
    return position;
  }
  position.is_settled = is_settled(*spool, segment.sequence);
  const auto found = std::ranges::lower_bound(spool->under_way, segment.sequence, {},
                                              &SpoolPosition::UnderWay::segment);
  if (found != spool->under_way.end() && found->segment == segment.sequence) {
    position.offset = found->decided;
    position.digest = found->digest;
  }
  return position;
}

} // namespace menacedb
