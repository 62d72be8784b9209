#pragma once

#include "core/base/log.hpp"
#include "core/engine/jobs/job_launcher.hpp"
#include "core/engine/jobs/job_room.hpp"
#include "core/engine/jobs/job_schedules.hpp"
#include "core/engine/jobs/job_settling.hpp"
#include "core/engine/jobs/script_share.hpp"
#include "core/os/child_processes.hpp"
#include "core/os/wake_up.hpp"
#include "core/queue/job_store.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace menacedb {

struct ServedJobTable;

struct JobRunnerOptions {
  JobStoreOptions store;
  JobHandlers handlers;
  std::vector<std::string> types; // only these; none: all that have a handler
  std::size_t workers = 4;        // programs at the same time
  LuaLimits lua;
  bool keeps_schedules = false;
  StaleSchedules stale = StaleSchedules::of_own_types;
  Log log;
  Duration lease = std::chrono::seconds(30);
  Duration renewal = std::chrono::seconds(10);
  Duration stop_patience = std::chrono::seconds(10); // for jobs that run when a stop is requested
};

// Runs the jobs of a table by their handlers: claims what is due as far as there is room, keeps the
// leases of what runs, and writes down how it ended. Any number of runners in any number of
// processes may share a table: each job is run by one of them at a time. A job that ended although
// that could not be written, because the machine or the process died, is run again.
// One thread, which must live as long as its programs; others may call what says so.
class JobRunner {
public:
  // Loads the Lua files: throws config. `stop` ends run() and run_due(); it and the others are
  // borrowed.
  JobRunner(Fs& fs, Clock& clock, StopFlag& stop, JobRunnerOptions options);
  ~JobRunner();
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  // Until nothing is due and nothing runs. Throws what keeps it from the table.
  JobCounts run_due();
  // Until a stop is requested. What is wrong with the table is logged and tried again, with growing
  // pauses. Jobs that run get some time to end then; the others are given back.
  JobCounts run();

  // From any thread: what is claimed from now on is run as these say. The table stays.
  void replace_options(JobRunnerOptions options);
  // From any thread: look at the stop flag.
  void wake() noexcept { m_bell.ring(); }
  // From any thread: whether there is, or will be, anything to do that is known of.
  [[nodiscard]] bool is_needed() const noexcept { return m_is_needed.load(); }

private:
  struct Held { // a job that is ours
    Job job;
    JobHandler handler;
    bool is_lost = false; // not any more, though its program may still run
  };
  struct Ended {
    Held held;
    JobResult result;

    [[nodiscard]] JobAttempt attempt() const { return {held.job, held.handler, result}; }
  };
  void take_options();
  void open();
  void turn(bool claims);
  void look();
  void recover();
  void keep_schedules();
  [[nodiscard]] JobRoom room(std::span<const Ended> over) const;
  [[nodiscard]] bool is_due();
  [[nodiscard]] bool exchange(bool claims);
  [[nodiscard]] std::size_t settle(JobTable& table, std::span<const Ended> ended,
                                   JobCounts& counts);
  [[nodiscard]] std::vector<Job> claim(JobTable& table);
  void renew(JobTable& table, std::vector<std::int64_t>& lost);
  void drop(std::int64_t id);
  void start(Job job);
  void wait(Duration most, const StopFlag& stop);
  [[nodiscard]] Duration next_wake(Duration most);
  void end_gracefully();
  void note_fault(const Error& error);

  Fs& m_fs;
  Clock& m_clock;
  StopFlag& m_stop;
  JobRunnerOptions m_options;
  StopFlag m_never; // the table must be reached while we stop
  std::string m_identity;
  JobLauncher m_launcher;
  ChildProcesses m_programs;
  std::unique_ptr<ServedJobTable> m_table;
  std::map<std::int64_t, Held> m_held; // by job id
  std::vector<Ended> m_ended;          // to be written down
  ScriptShare m_share;
  JobCounts m_counts;
  std::optional<Instant> m_next_due; // of what there is room for
  bool m_is_stale = true;            // m_next_due
  bool m_has_others = false;         // jobs that run elsewhere
  Duration m_renewed_at{};           // monotonic, as the following
  Duration m_recover_at{};
  Duration m_claim_at{}; // not before
  std::optional<Instant> m_schedules_at;
  bool m_has_new_handlers = true;
  unsigned m_faults = 0; // in a row
  std::string m_fault;   // the last that was logged
  std::mt19937_64 m_random;

  WakeUp m_bell;
  std::atomic<bool> m_is_needed{true};
  std::mutex m_mutex;
  std::optional<JobRunnerOptions> m_next_options; // guarded by m_mutex
};

} // namespace menacedb
