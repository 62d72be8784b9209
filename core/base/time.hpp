#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

using Duration = std::chrono::microseconds;
// A wall-clock time in UTC. Monotonic times are Clock's business (core/os/clock.hpp).
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// RFC 3339 in UTC: "2026-01-02T03:04:05.678901Z"; the fraction is left out when it is zero.
[[nodiscard]] std::string format_instant(Instant when);
// Accepts RFC 3339 with `Z` or an offset, and the old systems' naive UTC
// ("2026-01-02T03:04:05.678", "2026-01-02 03:04:05").
[[nodiscard]] std::optional<Instant> parse_instant(std::string_view text);

} // namespace menacedb
