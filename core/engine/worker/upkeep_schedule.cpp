#include "core/engine/worker/upkeep_schedule.hpp"

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

constexpr Duration k_shortest = std::chrono::seconds(1); // whatever is asked for
constexpr Duration k_first_retry = std::chrono::minutes(1);
constexpr unsigned k_most_doublings = 16;

Duration period(const UpkeepTask& task) {
  return std::max(task.every, k_shortest);
}

Duration retry_pause(const UpkeepTask& task, unsigned failures) {
  return std::min(k_first_retry * (1U << std::min(failures - 1, k_most_doublings)), period(task));
}

} // namespace

UpkeepSchedule::UpkeepSchedule(Clock& clock, std::vector<UpkeepTask> tasks) : m_clock(clock) {
  for (UpkeepTask& task : tasks) {
    if (task.every > Duration::zero()) {
      m_tasks.push_back({std::move(task), clock.monotonic(), std::nullopt, 0});
    }
  }
}

// A run that lies in the future was recorded before the clock was set back: the task waits its
// usual time, neither until then nor not at all.
void UpkeepSchedule::learn(const std::vector<UpkeepRecord>& records) {
  for (const UpkeepRecord& record : records) {
    Planned* const planned = find(record.task);
    if (planned == nullptr || planned->known == record.ended_at) {
      continue;
    }
    planned->known = record.ended_at;
    planned->failures = record.is_ok ? 0 : std::max(planned->failures, 1U);
    const Duration pause = pause_after(*planned);
    const Duration passed = m_clock.now() - record.ended_at;
    plan(*planned, passed < Duration::zero() ? pause : pause - std::min(passed, pause));
  }
}

Duration UpkeepSchedule::pause_after(const Planned& planned) {
  return planned.failures == 0 ? period(planned.task) : retry_pause(planned.task, planned.failures);
}

const UpkeepTask* UpkeepSchedule::next_due() const {
  const Duration now = m_clock.monotonic();
  const auto found =
      std::ranges::find_if(m_tasks, [now](const Planned& planned) { return planned.due <= now; });
  return found == m_tasks.end() ? nullptr : &found->task;
}

std::optional<Duration> UpkeepSchedule::wait() const {
  if (m_tasks.empty()) {
    return std::nullopt;
  }
  const auto first = std::ranges::min_element(m_tasks, {}, &Planned::due);
  return std::max(first->due - m_clock.monotonic(), Duration::zero());
}

void UpkeepSchedule::note(const UpkeepRecord& record) {
  if (Planned* const planned = find(record.task)) {
    planned->known = record.ended_at;
    planned->failures = record.is_ok ? 0 : planned->failures + 1;
    plan(*planned, pause_after(*planned));
  }
}

void UpkeepSchedule::postpone(std::string_view task) {
  if (Planned* const planned = find(task)) {
    plan(*planned, std::min(k_first_retry, period(planned->task)));
  }
}

UpkeepSchedule::Planned* UpkeepSchedule::find(std::string_view task) {
  const auto found = std::ranges::find_if(
      m_tasks, [task](const Planned& planned) { return planned.task.name == task; });
  return found == m_tasks.end() ? nullptr : &*found;
}

void UpkeepSchedule::plan(Planned& planned, Duration pause) {
  planned.due = m_clock.monotonic() + pause;
}

} // namespace menacedb
