#include "core/engine/worker/upkeep.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

// How soon the end of a task is noticed; there are no such looks when none runs.
constexpr Duration k_look = std::chrono::milliseconds(250);

std::string all_faults(const UpkeepDone& done) {
  return fmt::format("{}", fmt::join(done.faults, "; "));
}

} // namespace

Upkeep::Upkeep(Fs& fs, Clock& clock) : m_fs(fs), m_clock(clock) {}

Upkeep::~Upkeep() {
  stop();
}

void Upkeep::configure(const Settings& settings, const Log& log, std::vector<UpkeepTask> tasks) {
  m_settings = std::make_shared<const Settings>(settings);
  m_log = log;
  m_schedule.emplace(m_clock, std::move(tasks));
  try {
    m_schedule->learn(read_upkeep_records(m_fs, *m_settings));
  } catch (const Error& error) { // everything is due then, which harms nobody
    m_log.event(LogLevel::warning, "upkeep-unknown", {{"reason", error.message()}});
  }
}

void Upkeep::turn() {
  collect();
  const UpkeepTask* const task = m_run || !m_schedule ? nullptr : m_schedule->next_due();
  if (task == nullptr) {
    return;
  }
  try {
    begin(*task);
  } catch (const Error& error) {
    conclude(task->name, {{}, {error.message()}});
  }
}

void Upkeep::begin(const UpkeepTask& task) {
  auto lock = FileLock::try_acquire(m_fs, m_clock, upkeep_lock_path(*m_settings));
  if (!lock) {
    m_schedule->postpone(task.name);
    return;
  }
  m_schedule->learn(read_upkeep_records(m_fs, *m_settings)); // another may have done it since
  if (m_schedule->next_due() != &task) {
    return;
  }
  m_run.reset(new Run{task, m_settings, m_log, std::move(*lock)});
  m_run->thread.emplace([this, run = m_run.get()] { work(*run); });
}

// On the thread of the task.
void Upkeep::work(Run& run) {
  try {
    run.done = run.task.run({m_fs, m_clock, run.log, run.stop, *run.settings});
  } catch (const std::exception& error) {
    run.done.faults.emplace_back(error.what());
  }
  run.has_ended.store(true, std::memory_order_release);
}

void Upkeep::collect() {
  if (!m_run || !m_run->has_ended.load(std::memory_order_acquire)) {
    return;
  }
  const std::unique_ptr<Run> run = std::move(m_run);
  conclude(run->task.name, run->done);
}

void Upkeep::conclude(const std::string& task, const UpkeepDone& done) {
  const bool is_ok = done.faults.empty();
  const UpkeepRecord record{task, m_clock.now(), is_ok, is_ok ? done.did : all_faults(done)};
  m_schedule->note(record);
  log_outcome(task, done);
  try {
    write_upkeep_record(m_fs, *m_settings, record);
  } catch (const Error& error) { // then only the next worker does not know
    m_log.event(LogLevel::warning, "upkeep-unrecorded", {{"reason", error.message()}});
  }
}

void Upkeep::log_outcome(const std::string& task, const UpkeepDone& done) {
  if (!done.did.empty()) {
    m_log.event(LogLevel::info, "upkeep", {{"task", task}, {"did", done.did}});
  }
  std::string fault = all_faults(done);
  if (std::exchange(m_faults[task], fault) != fault && !fault.empty()) {
    m_log.event(LogLevel::error, "upkeep-failed", {{"task", task}, {"reason", fault}});
  }
}

std::optional<Duration> Upkeep::next_wake() const {
  if (m_run) {
    return k_look;
  }
  return m_schedule ? m_schedule->wait() : std::nullopt;
}

void Upkeep::stop() {
  if (m_run) {
    m_run->stop.request();
    m_run.reset();
  }
}

} // namespace menacedb
