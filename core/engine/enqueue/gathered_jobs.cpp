#include "core/engine/enqueue/gathered_jobs.hpp"

#include "core/base/text.hpp"
#include "core/engine/jobs/job_places.hpp"

namespace menacedb {

std::string& GatheredJobs::add(int priority, std::optional<Instant> not_before) {
  return m_entries.emplace_back(Entry{priority, not_before, {}}).line;
}

std::int64_t GatheredJobs::append(const Context& context, bool durable) {
  if (!m_store) {
    JobStoreOptions options =
        job_store_options(context.settings, job_database_path(context.settings));
    options.is_durable = durable;
    m_store = std::make_unique<JobStore>(context.fs, context.clock, context.stop, options);
  }
  std::vector<NewJob> jobs;
  jobs.reserve(m_entries.size());
  for (const Entry& entry : m_entries) {
    jobs.push_back({.type = k_entry_job_type,
                    .payload = trim(entry.line),
                    .priority = entry.priority,
                    .created_at = context.clock.now(),
                    .not_before = entry.not_before});
  }
  const std::int64_t last = add_jobs(context, *m_store, jobs).back().value_or(0);
  m_store->checkpoint_if_large(jobs.size() == 1);
  return last;
}

} // namespace menacedb
