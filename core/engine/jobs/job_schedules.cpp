#include "core/engine/jobs/job_schedules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr std::string_view k_prefix = "schedule:";
// A clock that was put back by less shows some times twice, which are not run again; one that was
// put back by more was wrong before.
constexpr Duration k_small_correction = std::chrono::hours(3);

NewJob run_at(std::string_view type, const std::string& key, const JobHandler& handler,
              Instant tick, Instant now) {
  return {.type = type,
          .payload = handler.settings.payload,
          .priority = handler.settings.priority,
          .created_at = now,
          .not_before = tick,
          .unique_key = key};
}

// Whether the schedule would not have put the waiting run where it is, by the clock as it is now.
bool is_too_late(const JobHandler& handler, const KeyedJob& job, Instant now) {
  const Duration slack = handler.settings.every ? Duration::zero() : k_small_correction;
  const auto latest = handler.schedule->next(now + slack);
  return job.is_pending && job.attempts == 0 && latest && job.not_before > *latest;
}

bool is_of_another_schedule(const JobHandler& handler, const KeyedJob& job, Instant next) {
  return job.is_pending && job.attempts == 0 &&
         (job.not_before > next || !handler.schedule->is_tick(job.not_before));
}

} // namespace

std::string JobSchedules::key(std::string_view type) {
  return fmt::format("{}{}", k_prefix, type);
}

void JobSchedules::begin(const JobHandlers& handlers, StaleSchedules stale, Instant now) {
  remove_stale(handlers, stale);
  for (const auto& [type, handler] : handlers) {
    const auto next = handler.schedule ? handler.schedule->next(now) : std::nullopt;
    const auto job = next ? m_keys.find(type, key(type)) : std::nullopt;
    if (job && is_of_another_schedule(handler, *job, *next)) {
      m_store.write([&](JobTable&) { m_keys.move(job->id, *next); });
    }
  }
}

void JobSchedules::remove_stale(const JobHandlers& handlers, StaleSchedules stale) {
  for (const KeyedJob& job : m_keys.pending(k_prefix)) {
    const auto handler = handlers.find(job.type);
    const bool is_own = handler != handlers.end();
    if ((is_own || stale == StaleSchedules::all) && !(is_own && handler->second.schedule)) {
      m_store.write([&](JobTable&) { m_keys.remove(job.id); });
    }
  }
}

std::optional<Instant> JobSchedules::keep(const JobHandlers& handlers, Instant now) {
  std::optional<Instant> again;
  for (const auto& [type, handler] : handlers) {
    const auto next = handler.schedule ? handler.schedule->next(now) : std::nullopt;
    if (!next) {
      continue;
    }
    again = again ? std::min(*again, *next) : *next;
    const std::string unique_key = key(type);
    const auto job = m_keys.find(type, unique_key);
    if (job && is_too_late(handler, *job, now)) {
      m_store.write([&](JobTable&) { m_keys.move(job->id, *next); });
    } else if (!job) {
      m_store.write([&](JobTable& table) { // another may have added it since, and runs it
        if (!m_keys.find(type, unique_key)) {
          (void)table.add(run_at(type, unique_key, handler, *next, now));
        }
      });
    }
  }
  return again;
}

void JobSchedules::add_next(JobTable& table, const Job& ended, const JobHandler& handler,
                            Instant now) {
  if (!handler.schedule || ended.unique_key != key(ended.type)) {
    return;
  }
  const bool is_early = ended.not_before > now && ended.not_before - now < k_small_correction;
  if (const auto next = handler.schedule->next(is_early ? ended.not_before : now)) {
    (void)table.add(run_at(ended.type, ended.unique_key, handler, *next, now));
  }
}

} // namespace menacedb
