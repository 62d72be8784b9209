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

} // namespace menacedb
