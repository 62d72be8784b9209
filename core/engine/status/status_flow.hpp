#pragma once

#include "core/base/time.hpp"
#include "core/store/flow.hpp"

#include <cstdint>

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

struct StatusReport;

// The report's queues and time must be known. Entries that wait were enqueued, too, but nobody has
// looked when: those that are younger than the window count; where only the oldest one's age is
// known, they are taken to have come evenly.
[[nodiscard]] FlowReport make_flow_report(const Flow& flow, const StatusReport& status);

} // namespace menacedb
