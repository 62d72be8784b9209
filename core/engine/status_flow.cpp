#include "core/engine/status_flow.hpp"

#include <algorithm>

namespace menacedb {
namespace {

double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

double share_within(const FlowBacklog& backlog, Duration window) {
  const double oldest = backlog.oldest ? seconds(*backlog.oldest) : 0;
  return oldest <= seconds(window) ? 1 : seconds(window) / oldest;
}

FlowRates rates_in(const FlowWindow& window, const FlowBacklog& backlog, Instant now) {
  const FlowSlot sum = window.sum(now);
  const Duration covered = window.covered(now);
  const double waiting = static_cast<double>(backlog.entries) * share_within(backlog, covered);
  return {(static_cast<double>(sum.enqueued) + waiting) / seconds(covered),
          static_cast<double>(sum.applied) / seconds(covered)};
}

} // namespace

FlowReport make_flow_report(const Flow& flow, const FlowBacklog& backlog, Instant now) {
  FlowReport report;
  report.latency = flow.latency;
  report.untimed = flow.untimed;
  report.ahead = flow.ahead;
  report.minute = rates_in(flow.minute, backlog, now);
  report.hour = rates_in(flow.hour, backlog, now);
  return report;
}

} // namespace menacedb
