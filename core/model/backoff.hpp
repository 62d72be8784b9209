#pragma once

#include "core/base/time.hpp"

#include <cstdint>

namespace menacedb {

// The waits between attempts: base, doubling, capped. CONTRACTS section 0: 0.5 s, cap 5 s, three
// attempts in all.
struct Backoff {
  Duration base = std::chrono::milliseconds(500);
  Duration cap = std::chrono::seconds(5);
  unsigned attempts = 3;

  // The wait after attempt number `attempt` (from 1).
  [[nodiscard]] Duration wait_after(unsigned attempt) const noexcept;
};

// A wait of between three and five quarters of this one, so that what failed together does not come
// back together. `random` is any number, as drawn for this wait.
[[nodiscard]] Duration jittered(Duration wait, std::uint64_t random) noexcept;

} // namespace menacedb
