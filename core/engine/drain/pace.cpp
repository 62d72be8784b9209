#include "core/engine/drain/pace.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Bytes k_fewest_bytes = 16u << 10;
constexpr Bytes k_first_bytes = 256u << 10;
constexpr Duration k_foreign_memory = std::chrono::minutes(1);
constexpr int k_alone_factor = 10;
constexpr int k_group_factor = 30;
constexpr Bytes k_group_batches = 4; // of the largest size
constexpr Duration k_probation = std::chrono::milliseconds(100);
constexpr Duration k_pause = std::chrono::seconds(1);
constexpr unsigned k_most_singles = 1u << 16;

} // namespace

Pace::Pace(Clock& clock, Duration longest_hold, Bytes most_bytes)
    : m_clock(clock),
      m_longest_hold(std::max(longest_hold, Duration(1000))),
      m_most_bytes(std::max(most_bytes, k_fewest_bytes)),
      m_bytes(std::min(k_first_bytes, m_most_bytes)) {}

bool Pace::is_alone(Duration now) const {
  const bool has_company = m_has_foreign && now - m_foreign_seen <= k_foreign_memory;
  return !has_company && m_working_since && now - *m_working_since >= k_probation;
}

// Small batches leave the lock free by themselves.
Duration Pace::gap_after(Bytes bytes, Duration held) const {
  if (is_alone(m_released)) {
    return held / 20;
  }
  const bool is_small = bytes * 2 < m_bytes;
  return m_has_foreign || !is_small ? held * 3 / 5 : Duration::zero(); // free for three eighths
}

bool Pace::may_group() const {
  return m_singles == 0 && is_alone(m_clock.monotonic());
}

bool Pace::may_join(Bytes bytes, Duration held) const {
  return bytes + m_bytes <= m_most_bytes * k_group_batches &&
         held < m_longest_hold * k_group_factor;
}

void Pace::note_lost_group() {
  m_singles = m_lost_singles;
  m_lost_singles = std::min(m_lost_singles * 2, k_most_singles);
}

void Pace::note(Bytes bytes, Duration held, std::int64_t data_version) {
  m_released = m_clock.monotonic();
  m_singles -= m_singles > 0 ? 1 : 0;
  const bool was_alone = is_alone(m_released);
  if (m_data_version >= 0 && data_version != m_data_version) {
    m_has_foreign = true;
    m_foreign_seen = m_released;
  }
  m_data_version = data_version;
  m_gap = gap_after(bytes, held);
  const bool alone = is_alone(m_released);
  if (bytes * 2 < m_bytes && alone == was_alone) {
    return; // a small batch says little about a large one
  }
  const double per_byte = std::max(1.0, static_cast<double>(held.count())) /
                          static_cast<double>(std::max<Bytes>(bytes, 1));
  const Duration hold = alone ? m_longest_hold * k_alone_factor : m_longest_hold;
  const auto wanted = static_cast<Bytes>(static_cast<double>(hold.count()) / per_byte);
  // Half way only: one slow sync must not halve the throughput of the next ten batches. But others
  // that came are not kept waiting.
  const Bytes next = was_alone && !alone ? wanted : (m_bytes + wanted) / 2;
  m_bytes = std::clamp(next, k_fewest_bytes, m_most_bytes);
}

void Pace::rest() {
  const Duration now = m_clock.monotonic();
  const Duration idle = now - m_released;
  if (!m_working_since || idle > k_pause) {
    m_working_since = now;
  } else if (idle < m_gap) {
    m_clock.sleep(m_gap - idle);
  }
}

} // namespace menacedb
