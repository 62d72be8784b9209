#include "core/engine/drain/pass_report.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace menacedb {
namespace {

constexpr std::string_view k_deferred_queue = "deferred";

void count_verdict(QueueReport& queue, Verdict verdict) {
  switch (verdict) {
  case Verdict::applied:
    ++queue.applied;
    break;
  case Verdict::duplicate:
    ++queue.duplicates;
    break;
  case Verdict::dead:
    ++queue.failed;
    break;
  case Verdict::deferred:
  case Verdict::forwarded:
  case Verdict::dropped:
    break;
  }
}

} // namespace

void PassReport::note(const Error& error) {
  if (error.kind() == ErrorKind::busy) {
    got_no_turn = true;
    busy_reason = error.message();
    busy_hint = error.hint();
  } else {
    fault = error;
  }
}

void PassReport::count(const Batch& batch, const Outcomes& outcomes) {
  applied += outcomes.applied;
  duplicates += outcomes.duplicates;
  failed += outcomes.failed;
  deferred += outcomes.deferred;
  dropped += outcomes.dropped;
  std::vector<QueueReport*> by_slice;
  for (const Slice& slice : batch.slices) {
    by_slice.push_back(&queues[lane_file_name(slice.lane)]);
  }
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    const std::uint32_t slice = batch.entries[i].slice;
    count_verdict(slice < by_slice.size() ? *by_slice[slice]
                                          : queues[std::string(k_deferred_queue)],
                  outcomes.verdicts[i]);
  }
}

void PassReport::count(const std::string& queue, const Outcomes& outcomes) {
  applied += outcomes.applied;
  duplicates += outcomes.duplicates;
  failed += outcomes.failed;
  deferred += outcomes.deferred;
  dropped += outcomes.dropped;
  QueueReport& own = queues[queue];
  own.applied += outcomes.applied;
  own.duplicates += outcomes.duplicates;
  own.failed += outcomes.failed;
}

void PassReport::take_back(const std::string& queue, std::uint64_t most) {
  const std::uint64_t count = std::min(most, failed);
  failed -= count;
  std::uint64_t& own = queues[queue].failed;
  std::uint64_t& later = queues[std::string(k_deferred_queue)].failed;
  const std::uint64_t of_own = std::min(own, count);
  own -= of_own;
  later -= std::min(later, count - of_own);
}

void PassReport::add(const PassReport& part) {
  applied += part.applied;
  duplicates += part.duplicates;
  failed += part.failed;
  deferred += part.deferred;
  dropped += part.dropped;
  for (const auto& [name, counts] : part.queues) {
    QueueReport& queue = queues[name];
    queue.applied += counts.applied;
    queue.duplicates += counts.duplicates;
    queue.failed += counts.failed;
  }
}

} // namespace menacedb
