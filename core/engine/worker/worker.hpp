#pragma once

#include "core/engine/care/wal_watch.hpp"
#include "core/engine/drain/drain_loop.hpp"
#include "core/engine/jobs/job_service.hpp"
#include "core/engine/worker/policy_watch.hpp"
#include "core/engine/worker/upkeep.hpp"
#include "core/engine/worker/worker_files.hpp"
#include "core/engine/worker/worker_generation.hpp"
#include "core/os/lifetime_lock.hpp"
#include "core/os/service_manager.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace menacedb {

struct WorkerOptions {
  ConfigSources sources;
  ServiceManager manager;   // of `worker run`
  bool logs_to_file = true; // else to the standard error
};

// The daemon: one process that drains the spools of all formats for as long as it lives. One per
// spool, by a lock that dies with it. SIGTERM and SIGINT let the batch in hand finish and leave the
// rest queued; SIGHUP, and any change of a file of the policy, has the settings read again, of
// which a complete new generation takes over between two batches or nothing changes. A pass that
// fails is logged and tried again; only signals, and idleness when [worker] idle_exit says so, end
// it; with handlers of jobs it does not end for idleness, since who inserts a job does not start
// it. Not thread-safe; one per process.
class Worker {
public:
  // Reads the settings, opens the log, creates the spools and takes those that no other worker
  // serves. Throws what keeps it from that.
  Worker(Fs& fs, Clock& clock, WorkerOptions options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // False: others serve all spools, and there is nothing to do here.
  [[nodiscard]] bool has_spools() const noexcept { return !m_locks.empty(); }
  // `on_ready` is called once, when signals are handled and everything runs.
  void run(const std::function<void()>& on_ready);

private:
  using Locks = std::map<std::string, LifetimeLock>; // by lock file

  [[nodiscard]] std::unique_ptr<WorkerGeneration> load(std::uint64_t number);
  [[nodiscard]] std::unique_ptr<WorkerGeneration> read(std::uint64_t number, FileSet& files);
  void take_spools(const WorkerGeneration& generation);
  void serve(std::unique_ptr<WorkerGeneration> generation);
  void reload();
  void serve_jobs();
  void take(std::unique_ptr<WorkerGeneration> candidate);
  void note_progress();
  void turn();
  void note(const PassReport& report);
  void note_fault(const PassReport& report);
  void log_counts(bool is_end);
  void publish();
  void withdraw();
  void feed_watchdog();
  [[nodiscard]] bool retires();
  [[nodiscard]] Duration next_wake();

  Fs& m_fs;
  Clock& m_clock;
  WorkerOptions m_options;
  // Set by every signal and for a reload: ends a pass after the batch in hand, and a wait.
  StopFlag m_wake;
  PolicyWatch m_policy;
  std::unique_ptr<WorkerGeneration> m_generation;
  Locks m_locks;
  std::unique_ptr<DrainLoop> m_loop;
  Upkeep m_upkeep;
  WalWatch m_wals;
  JobService m_jobs;
  WorkerState m_state;
  PassReport m_unlogged;  // counts since the last line of the log
  Duration m_logged_at{}; // monotonic
  Duration m_busy_at{};   // when there was work last
  Duration m_fed_at{};    // the watchdog
  bool m_is_published = false;
};

} // namespace menacedb
