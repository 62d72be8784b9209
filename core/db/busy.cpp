#include "core/db/busy.hpp"

#include "core/os/process.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Duration k_shortest = std::chrono::microseconds(200);
constexpr Duration k_longest = std::chrono::milliseconds(25);

} // namespace

BusyWait::BusyWait(Clock& clock, const StopFlag& stop, Duration patience)
    : m_clock(&clock),
      m_stop(&stop),
      m_patience(patience),
      // Differs between processes that start at the same moment; never zero, xorshift would stay.
      m_random((static_cast<std::uint64_t>(process_id()) << 32) ^ 0x9e3779b97f4a7c15ull) {}

bool BusyWait::again(int attempt) {
  const Duration now = m_clock->monotonic();
  if (attempt == 0) {
    m_started = now;
  }
  m_waited = now - m_started;
  if (m_stop->is_requested() || m_waited >= m_patience) {
    return false;
  }
  m_clock->sleep(std::min(next_sleep(attempt), m_patience - m_waited));
  return true;
}

// A random time of the upper half of a bound that doubles: waiters do not meet again at each try.
Duration BusyWait::next_sleep(int attempt) {
  m_random ^= m_random << 13;
  m_random ^= m_random >> 7;
  m_random ^= m_random << 17;
  const Duration bound =
      std::min(k_longest, k_shortest * (std::int64_t{2} << std::min(attempt, 10)));
  const auto half = static_cast<std::uint64_t>((bound / 2).count());
  return Duration(static_cast<Duration::rep>(half + m_random % (half + 1)));
}

} // namespace menacedb
