#pragma once

#include "core/engine/jobs/job_handlers.hpp"
#include "core/queue/job_keys.hpp"
#include "core/queue/job_store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Which schedules' waiting jobs go away when a process that runs schedules begins: those of types
// that it has a handler for, but no schedule, or all that it has no schedule for.
enum class StaleSchedules { of_own_types, all };

// The runs of schedules: the next one of each waits in the job table as a pending job with a unique
// key, so that of all processes one runs it, and people see it. While a run goes on, or is to be
// tried again, there is no other; ticks that pass meanwhile, or while nobody works, are one. Any
// number of processes may keep them. Not thread-safe.
class JobSchedules {
public:
  explicit JobSchedules(JobStore& store) : m_store(store), m_keys(store.database()) {}

  // "schedule:<type>".
  [[nodiscard]] static std::string key(std::string_view type);

  // Once, with new handlers: what their schedules do not say any more is moved or removed.
  void begin(const JobHandlers& handlers, StaleSchedules stale, Instant now);
  // Adds what is missing; reads only when nothing is. Answers when to call it again.
  [[nodiscard]] std::optional<Instant> keep(const JobHandlers& handlers, Instant now);
  // In the transaction that ends a job, after its end: the next run, when the job was one.
  static void add_next(JobTable& table, const Job& ended, const JobHandler& handler, Instant now);

private:
  void remove_stale(const JobHandlers& handlers, StaleSchedules stale);

  JobStore& m_store;
  JobKeys m_keys;
};

} // namespace menacedb
