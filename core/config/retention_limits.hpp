#pragma once

#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/config/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// How much of a kind of things is kept: those that are younger than `age`, the newest `count`, the
// newest of up to `size` bytes together. A limit that is missing limits nothing; what passes any of
// the others goes.
struct RetentionLimits {
  std::optional<Duration> age;
  std::optional<std::uint64_t> count;
  std::optional<Bytes> size;
  friend bool operator==(const RetentionLimits&, const RetentionLimits&) = default;
};

// "7d" (an age), "age=7d,count=100,size=1GiB" (some of these, in any order) or "forever"; none when
// it is none of them.
[[nodiscard]] std::optional<RetentionLimits> parse_retention_limits(std::string_view text);
// The one spelling that is kept; parse_retention_limits() reads it.
[[nodiscard]] std::string format_retention_limits(const RetentionLimits& limits);

// Of an item of type limits.
[[nodiscard]] RetentionLimits retention_limits(const Settings& settings, std::string_view key);

} // namespace menacedb
