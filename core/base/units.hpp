#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

using Bytes = std::uint64_t;

// "250ms", "5s", "10m", "24h", "7d", "1.5h"; a bare number is seconds. Negative or overflowing:
// none.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);
// The shortest exact spelling parse_duration reads: "250ms", "5s", "10m".
[[nodiscard]] std::string format_duration(Duration duration);
// "64KiB", "1MiB", "2GiB", "10kB", "100" (bytes). Overflowing: none.
[[nodiscard]] std::optional<Bytes> parse_bytes(std::string_view text);
// For people: "1.4 MiB".
[[nodiscard]] std::string format_bytes(Bytes bytes);
// "1,234,567".
[[nodiscard]] std::string format_count(std::uint64_t count);

} // namespace menacedb
