#include "core/model/backoff.hpp"

#include <algorithm>

namespace menacedb {

Duration Backoff::wait_after(unsigned attempt) const noexcept {
  Duration wait = base;
  for (unsigned i = 1; i < attempt && wait < cap && wait > Duration::zero(); ++i) {
    wait = wait > cap / 2 ? cap : 2 * wait; // doubling further would overflow one day
  }
  return std::min(wait, cap);
}

Duration jittered(Duration wait, std::uint64_t random) noexcept {
  const Duration half = wait / 2;
  if (half <= Duration::zero()) {
    return wait;
  }
  return wait - half / 2 +
         Duration(
             static_cast<Duration::rep>(random % static_cast<std::uint64_t>(half.count() + 1)));
}

} // namespace menacedb
