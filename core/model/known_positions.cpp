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
  const SpoolPosition* const spool = find(segment.spool);
  if (spool == nullptr) {
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

std::uint64_t KnownPositions::highest(std::string_view spool) {
  const SpoolPosition* const known = find(spool);
  if (known == nullptr) {
    return 0;
  }
  return std::max(known->settled.empty() ? 0 : known->settled.back().last,
                  known->under_way.empty() ? 0 : known->under_way.back().segment);
}

const SpoolPosition* KnownPositions::find(std::string_view spool) const {
  const auto found = std::ranges::lower_bound(m_spools, spool, {}, &SpoolPosition::spool);
  return found == m_spools.end() || found->spool != spool ? nullptr : &*found;
}

} // namespace menacedb
