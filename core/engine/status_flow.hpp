#pragma once

#include "core/base/time.hpp"
#include "core/store/flow.hpp"

#include <cstdint>
#include <optional>

namespace menacedb {

// How many entries a second came and went.
struct FlowRates {
  double enqueued = 0;
  double applied = 0;
};

// How entries go through all queues of an installation.
struct FlowReport {
  LatencyHistogram latency; // from enqueuing to applying
  std::uint64_t untimed = 0;
  std::uint64_t ahead = 0;
  FlowRates minute; // the last one
  FlowRates hour;
};

// What waits in the queues now: those entries were enqueued, too, but nobody has looked when.
struct FlowBacklog {
  std::uint64_t entries = 0;
  std::optional<Duration> oldest;
};

// Of the backlog, what is younger than the window counts; where only its oldest entry's age is
// known, it is taken to have come evenly.
[[nodiscard]] FlowReport make_flow_report(const Flow& flow, const FlowBacklog& backlog,
                                          Instant now);

} // namespace menacedb
