#include "core/model/latency.hpp"

#include <algorithm>
#include <cmath>

namespace menacedb {
Duration LatencyHistogram::begin_of(std::size_t bucket) noexcept {
  if (bucket < k_steps) {
    return Duration(bucket);
  }
  const std::uint64_t step = bucket % k_steps + k_steps;
  return Duration(step << (bucket / k_steps - 1));
}

void LatencyHistogram::merge(const LatencyHistogram& other) noexcept {
  for (std::size_t i = 0; i < k_buckets; ++i) {
    m_counts[i] += other.m_counts[i];
  }
  m_count += other.m_count;
  m_total += other.m_total;
}

// Within a bucket the values are taken to lie evenly.
Duration LatencyHistogram::quantile(double part) const noexcept {
  const double rank = std::max(1.0, std::ceil(part * static_cast<double>(m_count)));
  double before = 0;
  for (std::size_t i = 0; i < k_buckets; ++i) {
    const auto here = static_cast<double>(m_counts[i]);
    if (here > 0 && before + here >= rank) {
      const auto begin = static_cast<double>(begin_of(i).count());
      const auto width = static_cast<double>(begin_of(i + 1).count()) - begin;
      return Duration(static_cast<std::int64_t>(begin + width * (rank - before) / here));
    }
    before += here;
  }
  return Duration::zero();
}

} // namespace menacedb
