#pragma once

#include "core/engine/jobs/job_runner.hpp"

#include <memory>
#include <optional>
#include <thread>

namespace menacedb {

// A JobRunner on a thread of its own, for a process that has other things to do. Its thread gets no
// signals. Not thread-safe.
class JobService {
public:
  JobService(Fs& fs, Clock& clock) : m_fs(fs), m_clock(clock) {} // both are borrowed
  // As stop().
  ~JobService();
  JobService(const JobService&) = delete;
  JobService& operator=(const JobService&) = delete;

  // From now on jobs are run as these say, or, without them, not at all. What runs goes on as it
  // began, unless the table is another. The scripts have been checked (JobLauncher).
  void configure(std::optional<JobRunnerOptions> options);
  [[nodiscard]] bool is_running() const noexcept { return m_run != nullptr; }
  // Gives what runs some time to end and back what does not.
  void stop();

private:
  struct Run {
    StopFlag stop{};
    std::string table; // its path
    JobRunner runner;
    std::jthread thread{}; // last: it uses the others

    Run(Fs& fs, Clock& clock, JobRunnerOptions options)
        : table(options.store.path), runner(fs, clock, stop, std::move(options)) {}
  };

  Fs& m_fs;
  Clock& m_clock;
  std::unique_ptr<Run> m_run;
};

} // namespace menacedb
