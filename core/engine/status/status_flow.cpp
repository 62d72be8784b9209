#include "core/engine/status/status_flow.hpp"

#include "core/engine/status/status.hpp"

#include <algorithm>

namespace menacedb {
namespace {

double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

// What waits in the queues now; jobs are no entries.
struct FlowBacklog {
  std::uint64_t entries = 0;
  std::optional<Duration> oldest;
};

FlowBacklog backlog_of(const StatusReport& status) {
  FlowBacklog backlog{0, status.total.oldest};
  for (const QueueState& queue : status.queues) {
    backlog.entries += queue.format == "table" ? 0 : queue.pending;
  }
  return backlog;
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

FlowReport make_flow_report(const Flow& flow, const StatusReport& status) {
  const FlowBacklog backlog = backlog_of(status);
  FlowReport report;
  report.latency = flow.latency;
  report.untimed = flow.untimed;
  report.ahead = flow.ahead;
  report.minute = rates_in(flow.minute, backlog, status.taken_at);
  report.hour = rates_in(flow.hour, backlog, status.taken_at);
  return report;
}

} // namespace menacedb
