#include "core/engine/jobs/job_runner.hpp"

#include "core/base/error.hpp"
#include "core/db/unfinished_write.hpp"
#include "core/engine/jobs/job_room.hpp"
#include "core/engine/jobs/served_job_table.hpp"
#include "core/os/process_identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

constexpr Duration k_look_for_lost = std::chrono::seconds(1);
constexpr Duration k_idle_look = std::chrono::minutes(1);
constexpr Duration k_short_of_room = std::chrono::seconds(1); // no further process can be made
constexpr Duration k_after_defeat = std::chrono::milliseconds(5);
constexpr Duration k_first_pause = std::chrono::milliseconds(250);
constexpr Duration k_longest_pause = std::chrono::seconds(10);
constexpr unsigned k_most_doublings = 6;
constexpr int k_last_tries = 3; // to write down how jobs ended when we stop

} // namespace

JobRunner::JobRunner(Fs& fs, Clock& clock, StopFlag& stop, JobRunnerOptions options)
    : m_fs(fs),
      m_clock(clock),
      m_stop(stop),
      m_options(std::move(options)),
      m_identity(process_identity()),
      m_launcher({fs, clock, m_options.log}, m_options.lua, m_options.handlers),
      m_programs(clock),
      m_random(std::random_device()()) {}

JobRunner::~JobRunner() = default;

void JobRunner::replace_options(JobRunnerOptions options) {
  {
    const std::lock_guard lock(m_mutex);
    m_next_options = std::move(options);
  }
  m_bell.ring();
}

void JobRunner::take_options() {
  std::optional<JobRunnerOptions> next;
  {
    const std::lock_guard lock(m_mutex);
    next = std::exchange(m_next_options, std::nullopt);
  }
  if (!next) {
    return;
  }
  try {
    m_launcher.load(next->lua, next->handlers);
    next->store = m_options.store;
    m_options = std::move(*next);
    m_has_new_handlers = m_is_stale = true;
  } catch (const Error& error) { // a script that changed since it was checked
    m_options.log.event(LogLevel::error, "handlers-kept", {{"reason", error.message()}});
  }
}

void JobRunner::open() {
  if (m_table && !m_table->is_replaced(m_fs)) {
    return;
  }
  m_table.reset();
  m_table = std::make_unique<ServedJobTable>(m_fs, m_clock, m_never, m_options.store);
  m_is_stale = m_has_new_handlers = true;
  m_recover_at = {};
  // What an error of a commit may have left with us, without our knowing.
  for (const JobClaim& claim : m_table->lookup.claims_of(m_identity)) {
    if (!m_held.contains(claim.id) &&
        std::ranges::none_of(m_ended, [&](const Ended& e) { return e.held.job.id == claim.id; })) {
      (void)m_table->store.change([&](JobTable& table) { return table.release(claim); });
    }
  }
}

// `over`: jobs that are still written down as running and are not any more.
JobRoom JobRunner::room(std::span<const Ended> over) const {
  std::map<std::string_view, std::size_t> running;
  std::map<std::string_view, std::size_t> ended;
  for (const auto& [id, held] : m_held) {
    ++running[held.job.type];
  }
  for (const Ended& job : over) {
    ++ended[job.held.job.type];
  }
  JobRoom room =
      find_job_room(m_options.handlers, {m_options.types, m_options.workers, m_share.count()},
                    running, m_programs.size());
  keep_job_limits(room, m_options.handlers, m_table->lookup, ended);
  return room;
}

// Reads only, and only when something may have changed.
bool JobRunner::is_due() {
  if (m_clock.monotonic() < m_claim_at) {
    return false;
  }
  if (m_is_stale) {
    m_next_due = earliest_due(room(m_ended), m_table->lookup);
    m_is_stale = false;
  }
  return m_next_due && *m_next_due <= m_clock.now();
}

void JobRunner::look() {
  if (m_table->watch.is_look_due(m_never)) {
    m_is_stale = true;
    const bool is_settled = !has_unfinished_write(m_table->store.database());
    m_table->watch.note(is_due(), is_settled);
    m_has_others = m_table->lookup.held() > m_held.size();
    const Duration pause = m_has_others ? k_look_for_lost : k_idle_look;
    m_recover_at = std::min(m_recover_at, m_clock.monotonic() + pause);
  }
}

void JobRunner::recover() {
  const Duration now = m_clock.monotonic();
  if (now < m_recover_at) {
    return;
  }
  const JobRecovery::Recovered recovered =
      m_table->recovery.recover(recovery_rules(m_options.handlers, m_random));
  m_counts.add({.failed = recovered.failed, .retried = recovered.pending});
  if (recovered.failed + recovered.pending > 0) {
    m_is_stale = true;
    m_schedules_at = Instant{};
    m_options.log.event(LogLevel::warning, "jobs-recovered",
                        {{"pending", std::to_string(recovered.pending)},
                         {"failed", std::to_string(recovered.failed)}});
  }
  m_has_others = m_table->lookup.held() > m_held.size();
  m_recover_at = now + (m_has_others ? k_look_for_lost : k_idle_look);
}

void JobRunner::keep_schedules() {
  if (!m_options.keeps_schedules) {
    return;
  }
  const Instant now = m_clock.now();
  if (m_has_new_handlers) {
    m_table->schedules.begin(m_options.handlers, m_options.stale, now);
    m_schedules_at = Instant{};
    m_is_stale = true;
  }
  if (m_schedules_at && *m_schedules_at <= now) {
    m_schedules_at = m_table->schedules.keep(m_options.handlers, now);
    m_is_stale = true;
  }
}

void JobRunner::turn(bool claims) {
  open();
  look();
  if (!m_held.empty() && m_clock.monotonic() >= m_renewed_at + m_options.lease) {
    (void)exchange(false); // ours before anybody's: nothing could be written for long
  }
  recover();
  if (claims) {
    keep_schedules();
    m_has_new_handlers = false;
  }
  while (exchange(claims && !m_stop.is_requested())) {
    m_is_stale = true;
  }
  m_table->store.checkpoint_if_large();
  m_faults = 0;
  m_fault.clear();
}

// One transaction for all that is to be said: how jobs ended, that others go on, and what we take.
bool JobRunner::exchange(bool claims) {
  const Duration now = m_clock.monotonic();
  const bool renews = !m_held.empty() && now >= m_renewed_at + m_options.renewal;
  const bool takes = claims && is_due();
  if (m_ended.empty() && !renews && !takes) {
    return false;
  }
  JobCounts counts;
  std::vector<std::int64_t> lost;
  std::vector<Job> taken;
  m_table->store.write([&](JobTable& table) {
    counts = {};
    lost.clear();
    for (std::span<const Ended> left(m_ended); !left.empty();) {
      left = left.subspan(settle(table, left, counts));
    }
    if (renews) {
      renew(table, lost);
    }
    if (takes) {
      taken = claim(table);
    }
  });
  const bool has_ended = !m_ended.empty();
  for (const Ended& ended : m_ended) {
    log_attempt(m_options.log, ended.attempt());
  }
  m_ended.clear();
  m_counts.add(counts);
  m_renewed_at = renews || m_held.empty() ? now : m_renewed_at;
  std::ranges::for_each(lost, [this](std::int64_t id) { drop(id); });
  m_is_stale = true;
  if (takes && taken.empty()) { // another was faster
    m_claim_at = now + k_after_defeat;
  }
  const Duration began = m_clock.monotonic();
  for (Job& job : taken) {
    start(std::move(job));
  }
  m_share.note(m_ended.size(), m_clock.monotonic() - began); // what has ended already is in Lua
  return has_ended || !taken.empty() || !m_ended.empty();
}

// The first of them, and those behind it that the same statement can tell of; answers how many.
std::size_t JobRunner::settle(JobTable& table, std::span<const Ended> ended, JobCounts& counts) {
  const JobAttempt first = ended.front().attempt();
  const Instant now = m_clock.now();
  std::size_t count = 1;
  while (count < ended.size() && complete_together(first, ended[count].attempt(), count)) {
    ++count;
  }
  if (count > 1) {
    counts.completed += table.complete(first.job.claim(), count, now);
  } else if (settle_job(table, first, now, m_random(), counts) && m_options.keeps_schedules) {
    JobSchedules::add_next(table, first.job, first.handler, now);
  }
  return count;
}

std::vector<Job> JobRunner::claim(JobTable& table) {
  const JobRoom free = room({}); // nobody else can begin one before we commit
  JobClaimRequest request;
  request.owner = m_identity;
  request.now = m_clock.now();
  request.lease = m_options.lease;
  request.types = free.programs;
  request.count = free.free;
  std::vector<Job> jobs = table.claim(request);
  request.types = free.scripts;
  request.count = m_share.count();
  std::ranges::move(table.claim(request), std::back_inserter(jobs));
  return jobs;
}

void JobRunner::renew(JobTable& table, std::vector<std::int64_t>& lost) {
  const Instant until = m_clock.now() + m_options.lease;
  for (const auto& [id, held] : m_held) {
    if (!held.is_lost && !table.renew(held.job.claim(), until)) {
      lost.push_back(id);
    }
  }
}

// Cancelled, or taken by another because we were too slow.
void JobRunner::drop(std::int64_t id) {
  m_held.at(id).is_lost = true;
  m_programs.stop(id);
  m_options.log.event(LogLevel::warning, "job-lost", {{"job", std::to_string(id)}});
}

void JobRunner::start(Job job) {
  JobHandler handler = m_options.handlers.find(job.type)->second;
  Held held{std::move(job), std::move(handler)};
  std::optional<JobResult> result;
  try {
    result = m_launcher.launch(held.job, held.handler, m_table->store.table(), m_programs);
  } catch (const Error& error) { // not the job's fault
    result = JobResult{JobResult::Kind::released, {}};
    m_claim_at = m_clock.monotonic() + k_short_of_room;
    m_options.log.event(LogLevel::warning, "job-postponed", {{"reason", error.message()}});
  }
  held.job.payload = {};
  if (result) {
    m_ended.push_back({std::move(held), std::move(*result)});
    return;
  }
  if (m_held.empty()) {
    m_renewed_at = m_clock.monotonic();
  }
  const std::int64_t id = held.job.id;
  m_held.emplace(id, std::move(held));
}

Duration JobRunner::next_wake(Duration most) {
  const Duration now = m_clock.monotonic();
  Duration wake = most == Duration::max() ? most : now + most;
  const auto by_clock = [&](Instant when) { // which may be set: not for long
    return now + std::clamp(when - m_clock.now(), Duration::zero(), k_idle_look);
  };
  if (m_faults > 0) {
    const Duration pause = k_first_pause * (1U << std::min(m_faults - 1, k_most_doublings));
    return std::min(wake, now + std::min(pause, k_longest_pause));
  }
  if (!m_held.empty()) {
    wake = std::min(wake, m_renewed_at + m_options.renewal);
  }
  if (m_table) { // whoever brings jobs where there are none writes to the table
    const bool has_jobs = m_has_others || m_is_stale || m_next_due || !m_held.empty();
    wake = std::min({wake, m_table->watch.next_look(), has_jobs ? m_recover_at : wake});
  }
  if (m_next_due) {
    wake = std::min(wake, std::max(by_clock(*m_next_due), m_claim_at));
  }
  if (m_schedules_at && m_options.keeps_schedules) {
    wake = std::min(wake, by_clock(*m_schedules_at));
  }
  return wake;
}

void JobRunner::wait(Duration most, const StopFlag& stop) {
  const Duration patience = std::max(next_wake(most) - m_clock.monotonic(), Duration::zero());
  const Watcher* const files = m_table && m_faults == 0 ? m_table->watch.files() : nullptr;
  const std::array<int, 2> others{files == nullptr ? -1 : files->descriptor(), m_bell.descriptor()};
  for (auto& ended : m_programs.wait(patience, stop, others)) {
    auto held = m_held.extract(ended.id);
    if (!held.mapped().is_lost) {
      JobResult result = result_of(ended.end, held.mapped().handler.settings.timeout);
      m_ended.push_back({std::move(held.mapped()), std::move(result)});
    }
    m_is_stale = true;
  }
  m_bell.hear();
}

JobCounts JobRunner::run_due() {
  try {
    for (;;) {
      turn(true);
      if (m_stop.is_requested() || (m_held.empty() && m_ended.empty() && !is_due())) {
        break;
      }
      wait(Duration::max(), m_stop);
    }
  } catch (const Error&) {
    end_gracefully();
    throw;
  }
  end_gracefully();
  return m_counts;
}

JobCounts JobRunner::run() {
  while (!m_stop.is_requested()) {
    take_options();
    try {
      turn(true);
    } catch (const Error& error) {
      note_fault(error);
    }
    m_is_needed = !m_held.empty() || !m_ended.empty() || m_next_due || m_schedules_at;
    wait(Duration::max(), m_stop);
  }
  end_gracefully();
  return m_counts;
}

void JobRunner::note_fault(const Error& error) {
  ++m_faults;
  if (error.message() != std::exchange(m_fault, error.message())) {
    m_options.log.event(LogLevel::error, "jobs-stalled", {{"reason", error.message()}});
  }
  if (error.kind() != ErrorKind::busy) {
    m_table.reset(); // opened anew, it may see what was repaired
  }
}

// Gives what runs some time to end, and back what does not.
void JobRunner::end_gracefully() {
  const Duration deadline = m_clock.monotonic() + m_options.stop_patience;
  bool is_over = false;
  for (int tries = k_last_tries; tries > 0 && (!m_programs.is_empty() || !m_ended.empty());) {
    const Duration left = deadline - m_clock.monotonic();
    if (left <= Duration::zero() && !is_over) {
      is_over = true;
      m_programs.stop_all();
    }
    if (!m_programs.is_empty()) {
      wait(is_over ? Duration::max() : left, m_never);
    }
    try {
      turn(false);
    } catch (const Error& error) { // they are found to be lost, and run again
      tries -= m_programs.is_empty() ? 1 : 0;
      note_fault(error);
    }
  }
}

} // namespace menacedb
