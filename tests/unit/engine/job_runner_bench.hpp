#pragma once

#include "core/engine/jobs/job_runner.hpp"
#include "core/os/posix_fs.hpp"
#include "core/queue/job_list.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace menacedb::test {

// A job table in a directory of its own, and runners of it by the real clock.
struct JobRunnerBench {
  TempDir directory;
  PosixFs fs;
  SystemClock clock;
  StopFlag stop;
  std::string path = directory / "jobs.db";
  std::atomic<int> lines = 0; // of the log
  Log log{LogLevel::info, LogFormat::kv, [this](std::string_view) { ++lines; }};
  JobHandlers handlers;
  JobRunnerOptions options;

  JobStore open() { return {fs, clock, stop, {.path = path}}; }

  // A handler for the shell that tries again at once.
  JobHandlerSettings& shell(const std::string& type, const std::string& script) {
    JobHandlerSettings& handler = handlers[type].settings;
    handler.exec = {script};
    handler.is_exec_shell = true;
    handler.retry_delay = handler.max_retry_delay = Duration::zero();
    handler.cwd = directory.path();
    return handler;
  }
  JobHandlerSettings& lua(const std::string& type, const std::string& script) {
    const std::string file = directory / (type + ".lua");
    replace_file(fs, file, script);
    JobHandlerSettings& handler = handlers[type].settings;
    handler.lua = file;
    handler.retry_delay = handler.max_retry_delay = Duration::zero();
    return handler;
  }
  std::unique_ptr<JobRunner> runner() {
    JobRunnerOptions given = options;
    given.store.path = path;
    given.handlers = handlers;
    given.log = log;
    return std::make_unique<JobRunner>(fs, clock, stop, std::move(given));
  }
  JobCounts run_due() { return runner()->run_due(); }

  std::int64_t add(NewJob job) {
    job.created_at = clock.now();
    JobStore store = open();
    return store.change([&](JobTable& table) { return table.add(job); }).value();
  }
  std::int64_t add(std::string_view type, std::string_view payload = "{}") {
    return add({.type = type, .payload = payload});
  }
  Job job(std::int64_t id) {
    JobStore store = open();
    return JobList(store.database()).find(id).value();
  }
  std::string status(std::int64_t id) { return job(id).status; }
  std::string content(const std::string& name) {
    const std::string file = directory / name;
    return fs.stat(file) ? read_file(fs, file, 64 << 20) : std::string();
  }
  // Until it is true; a minute at most.
  void wait_until(const std::function<bool()>& is_true) {
    const Duration end = clock.monotonic() + std::chrono::minutes(1);
    while (!is_true()) {
      REQUIRE(clock.monotonic() < end);
      clock.sleep(std::chrono::milliseconds(2));
    }
  }
};

// A runner on a thread of its own, until it is stopped.
class RunningJobs {
public:
  explicit RunningJobs(JobRunnerBench& bench)
      : m_bench(bench),
        m_runner(bench.runner()),
        m_thread([this] { m_counts = m_runner->run(); }) {}
  ~RunningJobs() { end(); }

  JobRunner& runner() { return *m_runner; }
  JobCounts end() {
    if (m_thread.joinable()) {
      m_bench.stop.request();
      m_runner->wake();
      m_thread.join();
      m_bench.stop.take();
    }
    return m_counts;
  }

private:
  JobRunnerBench& m_bench;
  std::unique_ptr<JobRunner> m_runner;
  JobCounts m_counts;
  std::thread m_thread;
};

} // namespace menacedb::test
