#include "core/engine/worker/worker.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/engine/jobs/job_options.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/engine/worker/pinned_items.hpp"
#include "core/os/file_lock.hpp"
#include "core/os/process.hpp"
#include "core/os/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace menacedb {
namespace {

constexpr Duration k_log_pause = std::chrono::seconds(1); // between two lines about passes
constexpr std::string_view k_starting_suffix = ".starting";
constexpr Duration k_starting_patience = std::chrono::seconds(10);
constexpr Duration k_forever = std::chrono::hours(24 * 365);

LogLevel level_of(const Settings& settings) {
  const std::string& word = settings.text("log.level");
  if (settings.origin("log.level").kind == "default") {
    return LogLevel::info; // a log that says nothing helps nobody
  }
  return word == "debug"   ? LogLevel::debug
         : word == "info"  ? LogLevel::info
         : word == "error" ? LogLevel::error
                           : LogLevel::warning;
}

// Whoever keeps a copy of the log keeps its file.
Log make_log(const Settings& settings, const std::shared_ptr<LogFile>& file) {
  if (!file) {
    return Log(level_of(settings),
               settings.text("log.format") == "json" ? LogFormat::json : LogFormat::kv);
  }
  return Log(level_of(settings), LogFormat::kv,
             [file](std::string_view line) { file->write(line); });
}

std::uint64_t decided(const PassReport& report) {
  return report.applied + report.duplicates + report.failed + report.deferred + report.dropped;
}

std::string text(std::uint64_t number) {
  return std::to_string(number);
}

} // namespace

Worker::Worker(Fs& fs, Clock& clock, WorkerOptions options)
    : m_fs(fs),
      m_clock(clock),
      m_options(std::move(options)),
      m_policy(fs, clock),
      m_generation(load(1)),
      m_upkeep(fs, clock),
      m_wals(clock),
      m_jobs(fs, clock) {
  m_state.pid = process_id();
  m_state.started_at = m_clock.now();
  take_spools(*m_generation);
}

Worker::~Worker() = default;

std::unique_ptr<WorkerGeneration> Worker::load(std::uint64_t number) {
  auto generation = m_policy.load([&](FileSet& files) { return read(number, files); });
  generation->content = m_policy.content();
  return generation;
}

std::unique_ptr<WorkerGeneration> Worker::read(std::uint64_t number, FileSet& files) {
  Settings settings = Settings::load(m_fs, m_options.sources);
  add_policy_files(files, settings);
  settings.check();
  Router router = make_router(settings);
  std::shared_ptr<LogFile> file;
  if (m_options.logs_to_file) {
    file = std::make_shared<LogFile>(m_fs, m_clock, worker_log_path(settings),
                                     settings.bytes("worker.max_log"), true);
  }
  Log log = make_log(settings, file);
  std::vector<WorkerSpool> spools = worker_spools(settings);
  for (const WorkerSpool& spool : spools) {
    m_fs.make_directories(spool.arrivals);
    m_fs.make_directories(parent_directory(spool.lock));
  }
  auto generation = std::make_unique<WorkerGeneration>(
      number, std::move(settings), std::move(router), std::move(file), std::move(log),
      std::move(spools), nullptr, std::nullopt, std::string());
  generation->hooks = make_hooks({m_fs, m_clock, generation->log, m_wake, generation->settings},
                                 [&](const std::string& path) { files.files.insert(path); });
  generation->jobs =
      worker_job_options({m_fs, m_clock, generation->log, m_wake, generation->settings}, files);
  return generation;
}

// Spools that we serve already stay ours; those that are no longer asked for are given back. Two
// workers that start at once take their spools one after the other, in the same order: otherwise
// each would get some of them, and there would be two workers where one was asked for.
void Worker::take_spools(const WorkerGeneration& generation) {
  std::map<std::string, FileLock> starting;
  for (const WorkerSpool& spool : generation.spools) {
    const std::string path = fmt::format("{}{}", spool.lock, k_starting_suffix);
    if (!m_locks.contains(spool.lock) && !starting.contains(path)) {
      starting.emplace(path, FileLock::acquire(m_fs, m_clock, path, k_starting_patience, m_wake));
    }
  }
  Locks locks;
  for (const WorkerSpool& spool : generation.spools) {
    if (m_locks.contains(spool.lock) || locks.contains(spool.lock)) {
      continue;
    }
    if (auto lock = LifetimeLock::try_acquire(m_fs, spool.lock)) {
      locks.emplace(spool.lock, std::move(*lock));
    }
  }
  for (const WorkerSpool& spool : generation.spools) { // from here on nothing can fail
    if (auto held = m_locks.extract(spool.lock)) {
      locks.insert(std::move(held));
    }
  }
  m_locks = std::move(locks);
}

void Worker::serve(std::unique_ptr<WorkerGeneration> generation) {
  m_loop.reset();
  m_generation = std::move(generation);
  std::vector<WorkerSpool> served;
  for (const WorkerSpool& spool : m_generation->spools) {
    if (m_locks.contains(spool.lock)) {
      served.push_back(spool);
    } else {
      m_generation->log.event(LogLevel::warning, "spool-served-by-another",
                              {{"path", spool.directory}});
    }
  }
  DrainsOptions drains = worker_drains(m_generation->settings, served);
  const auto note = [this] { note_progress(); }; // a pass may take long
  if (drains.rows) {
    drains.rows->on_progress = note;
  }
  if (drains.dir) {
    drains.dir->on_progress = note;
  }
  if (drains.table) {
    drains.table->on_progress = note;
  }
  m_state.generation = m_generation->number;
  m_state.loaded_at = m_clock.now();
  use_hooks(drains, m_generation->hooks.get());
  record_generation(drains, {m_state.loaded_at, m_state.generation, m_generation->content});
  m_loop = std::make_unique<DrainLoop>(
      Context{m_fs, m_clock, m_generation->log, m_wake, m_generation->settings},
      m_generation->router, std::move(drains));
  m_upkeep.configure(m_generation->settings, m_generation->log,
                     upkeep_tasks(m_generation->settings));
  m_wals.configure(m_generation->settings);
  serve_jobs();
}

void Worker::serve_jobs() {
  const bool is_ours = std::ranges::any_of(m_generation->spools, [this](const WorkerSpool& spool) {
    return spool.format == WorkerSpool::Format::table && m_locks.contains(spool.lock);
  });
  m_jobs.configure(is_ours ? m_generation->jobs : std::nullopt);
}

// A complete candidate, or nothing changes. That it has begun is told before anything is read:
// whoever changed a file after that must wait for the next.
void Worker::reload() {
  m_options.manager.tell(
      fmt::format("RELOADING=1\nMONOTONIC_USEC={}", m_clock.monotonic().count()));
  ++m_state.begun_reloads;
  m_is_published = false;
  publish();
  try {
    take(load(m_state.generation + 1));
    m_state.config_error.clear();
    m_generation->log.event(
        LogLevel::info, "reloaded",
        {{"generation", text(m_state.generation)}, {"content", m_generation->content}});
  } catch (const Error& error) {
    m_state.config_error = error.message();
    m_generation->log.event(
        LogLevel::error, "reload-failed",
        {{"generation", text(m_state.generation)}, {"reason", error.message()}});
  }
  m_state.reloads = m_state.begun_reloads;
  m_is_published = false;
  publish(); // before the pass, which may take long
  m_options.manager.tell("READY=1");
}

void Worker::take(std::unique_ptr<WorkerGeneration> candidate) {
  try_database({m_fs, m_clock, candidate->log, m_wake, candidate->settings}, candidate->router,
               worker_drains(m_generation->settings, m_generation->spools),
               worker_drains(candidate->settings, candidate->spools));
  take_spools(*candidate);
  const auto pinned = pinned_items(m_generation->settings, candidate->settings);
  serve(std::move(candidate));
  m_state.pinned_items = fmt::format("{}", fmt::join(pinned, ", "));
  if (!pinned.empty()) {
    m_generation->log.event(LogLevel::warning, "needs-restart", {{"items", m_state.pinned_items}});
  }
}

// After each transaction. A reload ends the pass; what was decided keeps the generation before.
void Worker::note_progress() {
  feed_watchdog();
  if (m_policy.is_due()) {
    m_wake.request();
  }
}

void Worker::run(const std::function<void()>& on_ready) {
  const SignalGuard signals(m_wake, SecondSignal::counts_as_one);
  const HangupGuard hangup(m_wake);
  serve(std::move(m_generation));
  publish();
  m_generation->log.event(LogLevel::info, "worker-started", {{"pid", text(m_state.pid)}});
  m_busy_at = m_fed_at = m_clock.monotonic();
  on_ready();
  m_options.manager.tell("READY=1");
  for (bool is_due = true;;) {
    is_due |= m_wake.take();
    if (SignalGuard::caught() != 0) {
      break;
    }
    if (HangupGuard::take() || m_policy.is_due()) {
      reload();
      is_due = true;
    }
    if (is_due) {
      turn();
    }
    log_counts(false);
    publish();
    feed_watchdog();
    m_upkeep.turn();
    m_wals.turn({m_fs, m_clock, m_generation->log, m_wake, m_generation->settings});
    if (retires()) {
      break;
    }
    const std::array others{&m_policy.watcher(), m_wals.files()};
    is_due = m_loop->wait(next_wake(), others);
  }
  m_options.manager.tell("STOPPING=1");
  m_upkeep.stop();
  m_jobs.stop();
  log_counts(true);
  m_generation->log.event(
      LogLevel::info, "worker-stopped",
      {{"pid", text(m_state.pid)}, {"reason", SignalGuard::caught() != 0 ? "signal" : "idle"}});
  withdraw();
}

void Worker::turn() {
  const PassReport report = m_loop->turn();
  note(report);
  note_fault(report);
}

void Worker::note(const PassReport& report) {
  const Duration now = m_clock.monotonic();
  if (decided(report) > 0 || report.remaining > 0 || report.got_no_turn || report.fault) {
    m_busy_at = now;
  }
  m_unlogged.add(report);
}

// One line a second at most, and none for nothing.
void Worker::log_counts(bool is_end) {
  const Duration now = m_clock.monotonic();
  if (decided(m_unlogged) == 0 || (!is_end && now - m_logged_at < k_log_pause)) {
    return;
  }
  m_generation->log.event(m_unlogged.failed > 0 ? LogLevel::warning : LogLevel::info, "applied",
                          {{"applied", text(m_unlogged.applied)},
                           {"duplicates", text(m_unlogged.duplicates)},
                           {"failed", text(m_unlogged.failed)},
                           {"deferred", text(m_unlogged.deferred)}});
  m_unlogged = PassReport();
  m_logged_at = now;
}

void Worker::note_fault(const PassReport& report) {
  std::string reason = report.fault                                   ? report.fault->message()
                       : report.got_no_turn && !m_wake.is_requested() ? report.busy_reason
                                                                      : std::string();
  if (reason == m_state.last_error) {
    return; // told once, not with each try
  }
  if (!reason.empty()) {
    m_generation->log.event(report.fault ? LogLevel::error : LogLevel::warning, "pass-failed",
                            {{"reason", reason}});
  } else {
    m_generation->log.event(LogLevel::info, "pass-recovered", {});
  }
  m_state.last_error = std::move(reason);
  m_is_published = false;
}

void Worker::publish() {
  if (m_is_published) {
    return;
  }
  m_is_published = true;
  for (const WorkerSpool& spool : m_generation->spools) {
    try {
      if (m_locks.contains(spool.lock)) {
        write_worker_state(m_fs, spool.state, m_state);
        if (!spool.pid.empty()) {
          write_small_file(m_fs, spool.pid, fmt::format("{}\n", m_state.pid));
        }
      }
    } catch (const Error&) {
      m_is_published = false; // a full disk: with the next turn
    }
  }
}

void Worker::withdraw() {
  for (const WorkerSpool& spool : m_generation->spools) {
    if (m_locks.contains(spool.lock)) {
      try {
        (void)m_fs.unlink(spool.state);
        if (!spool.pid.empty()) {
          (void)m_fs.unlink(spool.pid);
        }
      } catch (const Error&) {
        continue; // an old file misleads nobody: the lock tells
      }
    }
  }
}

void Worker::feed_watchdog() {
  const auto period = m_options.manager.watchdog();
  if (period && m_clock.monotonic() - m_fed_at >= *period / 3) {
    m_options.manager.tell("WATCHDOG=1");
    m_fed_at = m_clock.monotonic();
  }
}

// An entry that came while we still held the locks had no reason to start another worker: so we
// give them back first, and then look a last time.
bool Worker::retires() {
  const Duration limit = m_generation->settings.duration("worker.idle_exit");
  if (limit == Duration::zero() || m_upkeep.is_running() || m_jobs.is_running() ||
      m_wake.is_requested() || m_clock.monotonic() - m_busy_at < limit) {
    return false;
  }
  if (m_loop->next_due()) {
    m_busy_at = m_clock.monotonic();
    return false;
  }
  withdraw();
  m_locks.clear();
  turn();
  if (m_busy_at + limit <= m_clock.monotonic()) {
    return true;
  }
  take_spools(*m_generation);
  m_is_published = false;
  if (m_locks.empty()) {
    return true; // another took over
  }
  publish();
  return false;
}

Duration Worker::next_wake() {
  const Duration now = m_clock.monotonic();
  Duration wake = k_forever;
  if (const auto period = m_options.manager.watchdog()) {
    wake = std::min(wake, m_fed_at + *period / 3 - now);
  }
  if (decided(m_unlogged) > 0) {
    wake = std::min(wake, m_logged_at + k_log_pause - now);
  }
  const Duration limit = m_generation->settings.duration("worker.idle_exit");
  if (limit > Duration::zero() && !m_upkeep.is_running() && !m_jobs.is_running()) {
    wake = std::min(wake, m_busy_at + limit - now);
  }
  wake = std::min(wake, m_wals.next_wake());
  wake = std::max(std::min(wake, m_upkeep.next_wake().value_or(wake)), Duration::zero());
  return std::clamp(m_policy.due().value_or(wake), Duration::zero(), wake);
}

} // namespace menacedb
