#include "core/engine/jobs/job_service.hpp"

#include "core/os/blocked_signals.hpp"

#include <utility>

namespace menacedb {

JobService::~JobService() {
  stop();
}

void JobService::configure(std::optional<JobRunnerOptions> options) {
  if (!options) {
    stop();
    return;
  }
  if (m_run && m_run->table == options->store.path) {
    m_run->runner.replace_options(std::move(*options));
    return;
  }
  auto run = std::make_unique<Run>(m_fs, m_clock, std::move(*options));
  stop();
  m_run = std::move(run);
  const AllSignalsBlocked blocked; // a thread begins with the mask of the one that makes it
  m_run->thread = std::jthread([runner = &m_run->runner] { (void)runner->run(); });
}

void JobService::stop() {
  if (m_run) {
    m_run->stop.request();
    m_run->runner.wake();
    m_run.reset();
  }
}

} // namespace menacedb
