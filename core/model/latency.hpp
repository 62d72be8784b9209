#pragma once

#include "core/base/time.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace menacedb {

// How often something took how long, in four buckets to each power of two: what is told of a value
// is at most a quarter too much or too little. Exact to add up: of several processes or stores.
class LatencyHistogram {
public:
  static constexpr std::size_t k_steps = 4;     // buckets to the next power of two
  static constexpr std::size_t k_buckets = 168; // up to 50 days; what is longer is in the last one

  void add(Duration duration) noexcept { // not negative
    add_bucket(bucket_of(duration), 1);
    m_total += duration;
  }
  void add_bucket(std::size_t bucket, std::uint64_t times) noexcept {
    m_counts[std::min(bucket, k_buckets - 1)] += times;
    m_count += times;
  }
  void add_total(Duration total) noexcept { m_total += total; }
  void merge(const LatencyHistogram& other) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return m_count; }
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept { return m_counts[bucket]; }
  [[nodiscard]] Duration total() const noexcept { return m_total; } // of all durations
  // Not longer than this took `part` (0 to 1) of all. Zero when there are none.
  [[nodiscard]] Duration quantile(double part) const noexcept;

  [[nodiscard]] static constexpr std::size_t bucket_of(Duration duration) noexcept {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    if (value < k_steps) {
      return value;
    }
    const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 3;
    return std::min<std::size_t>(k_steps * exponent + (value >> exponent), k_buckets - 1);
  }
  [[nodiscard]] static Duration begin_of(std::size_t bucket) noexcept; // its first value

  friend bool operator==(const LatencyHistogram&, const LatencyHistogram&) = default;

private:
  std::array<std::uint64_t, k_buckets> m_counts{};
  std::uint64_t m_count = 0;
  Duration m_total{};
};

} // namespace menacedb
