#include "core/engine/drain/dir_drain.hpp"

#include "core/base/error.hpp"
#include "core/db/file_moved.hpp"
#include "core/engine/asked_entry.hpp"
#include "core/engine/no_ledger.hpp"
#include "core/engine/places.hpp"
#include "core/engine/store_in_place.hpp"
#include "core/engine/turn.hpp"

#include <algorithm>
#include <limits>

namespace menacedb {
namespace {

constexpr std::uint64_t k_unlimited = std::numeric_limits<std::uint64_t>::max();
constexpr Bytes k_count_bytes = 256u << 20;               // names beyond are estimated
constexpr Duration k_ledger_age = std::chrono::hours(48); // before anybody looks what may go
// Always kept, for DirRecovery: more than a day.
constexpr Duration k_ledger_kept = std::chrono::hours(36);
constexpr Duration k_prune_pause = std::chrono::hours(1);
constexpr std::size_t k_worth_a_thread = 64; // entries
// Others that wait get their turn at once; old workers, of whom that is not known, after this.
constexpr Duration k_longest_turn = std::chrono::seconds(2);
constexpr std::size_t k_purged_at_once = 10'000;

DirClaimOptions claim_options(const Settings& settings) {
  return {.max_line = settings.bytes("queue.max_line"),
          .age_boost = settings.duration("dir_queue.age_boost")};
}

} // namespace

DirDrainOptions dir_drain_options(const Settings& settings) {
  DirDrainOptions options;
  options.directory = settings.text("dir_queue.dir");
  options.database = dir_home_path(settings);
  options.lock_timeout = settings.duration("dir_queue.lock_timeout");
  options.max_retries = static_cast<std::uint32_t>(settings.integer("dir_queue.max_retries"));
  return options;
}

DirDrain::DirDrain(const Context& context, const Router& router, DirDrainOptions options)
    : m_context(context),
      m_router(router),
      m_options(std::move(options)),
      m_queue(context.fs, context.clock, context.log, m_options.directory,
              claim_options(context.settings)),
      m_pace(context.clock, context.settings.duration("sync.max_write_lock"),
             context.settings.bytes("sync.batch_bytes")),
      m_uncounted(context.fs, context.clock, m_options.directory),
      m_stats(context, m_queue.spool().stats_path(), m_options.database) {}

DirDrain::~DirDrain() = default;

void DirDrain::open_home() {
  if (m_home) {
    return;
  }
  m_home = std::make_unique<EntryHome>(
      m_context, m_router,
      EntryHomeOptions{.database = m_options.database,
                       .rehearsal_database = m_options.rehearsal_database,
                       .lock_patience = m_options.lock_patience,
                       .busy_timeout = m_options.lock_timeout,
                       .hooks = m_options.hooks,
                       .generation = m_options.generation});
  m_triage = std::make_unique<FailureTriage>(m_context, m_home->store, m_options.hooks);
}

PassReport DirDrain::pass() {
  PassReport report;
  const Duration started = m_context.clock.monotonic();
  if (!m_queue.spool().exists()) {
    return report;
  }
  std::uint64_t allowed = m_options.limit.value_or(k_unlimited);
  m_queue.spool().create(false); // old scripts may have made a part of it
  try {
    if (m_home) {
      m_home->destinations.forget();
    }
    while (allowed > 0 && !m_context.stop.is_requested() && step(report, allowed)) {
    }
    m_is_at_limit = allowed == 0;
    carry_out(report);
  } catch (const Error& error) {
    report.note(error);
  }
  count_remaining(report);
  report.elapsed = m_context.clock.monotonic() - started;
  return report;
}

PassReport DirDrain::rehearse() {
  PassReport report;
  const Duration started = m_context.clock.monotonic();
  std::uint64_t allowed = m_options.limit.value_or(k_unlimited);
  while (allowed > 0 && !m_context.stop.is_requested()) {
    m_queue.preview({m_pace.batch_bytes(), allowed, m_options.table}, m_batch);
    if (m_batch.is_empty()) {
      break;
    }
    open_home();
    m_batch.is_rehearsal = true;
    m_home->destinations.assign(m_batch);
    const Applied applied = m_home->store.apply(m_batch);
    report.count(m_options.directory, applied.outcomes);
    report.applied += applied.outcomes.forwarded;
    allowed -= std::min<std::uint64_t>(allowed, m_batch.entries.size());
  }
  count_remaining(report);
  const std::uint64_t decided = report.applied + report.duplicates + report.failed;
  report.remaining -= std::min(report.remaining, decided);
  report.elapsed = m_context.clock.monotonic() - started;
  return report;
}

// One turn under the spool's lock. False when nothing is left to decide. While a batch is applied,
// the files of the one before are moved and those of the next one are claimed, which takes about as
// long.
bool DirDrain::step(PassReport& report, std::uint64_t& allowed) {
  m_pace.rest();
  Turn turn(m_context, m_queue.spool().lock_path(), m_options.lock_patience);
  const Duration began = m_context.clock.monotonic();
  NoLedger ledger;
  m_queue.claim(ledger, {m_pace.batch_bytes(), allowed, m_options.table}, m_batch);
  if (m_batch.is_empty()) {
    return false;
  }
  Decided decided;
  Batch next; // the three change places, and keep their memory
  while (!m_batch.is_empty()) {
    const bool goes_on = m_batch.entries.size() >= k_worth_a_thread && !m_options.limit &&
                         !m_context.stop.is_requested() &&
                         m_context.clock.monotonic() - began < k_longest_turn && !turn.is_wanted();
    next.clear();
    std::future<void> files = carry_files(decided, goes_on ? &next : nullptr);
    Applied applied = apply(files, next, report);
    (void)m_triage->run(m_batch, applied.outcomes); // changes the outcomes
    report.count(m_options.directory, applied.outcomes);
    decided.has_forwarded |= applied.outcomes.forwarded > 0;
    allowed -= std::min<std::uint64_t>(allowed, m_batch.entries.size());
    m_home->store.checkpoint_if_large();
    if (m_options.on_progress) {
      m_options.on_progress();
    }
    if (files.valid()) {
      files.get();
    }
    decided.outcomes = std::move(applied.outcomes);
    std::swap(decided.batch, m_batch);
    std::swap(m_batch, next);
  }
  m_queue.settle(decided.batch, decided.outcomes);
  if (decided.has_forwarded) {
    m_home->forward.deliver(report);
  }
  return !m_options.goes_on || !m_queue.is_used_up();
}

// Settles what is decided and claims the next batch, if there is one to fill; on another thread
// when that is worth it.
std::future<void> DirDrain::carry_files(const Decided& decided, Batch* next) {
  const ClaimLimits limits{m_pace.batch_bytes(), k_unlimited, m_options.table};
  const auto work = [this, &decided, next, limits] {
    m_queue.settle(decided.batch, decided.outcomes);
    if (next != nullptr) {
      m_queue.claim_more(limits, *next);
    }
  };
  if (next == nullptr) {
    work();
    return {};
  }
  return std::async(std::launch::async, work);
}

// The `priority` hook's word about entries of others, within the batch: to know of one that has not
// been claimed, all waiting files would have to be read each time.
void DirDrain::reorder() {
  if (m_options.hooks == nullptr || !m_options.hooks->has(HookName::priority)) {
    return;
  }
  std::vector<std::pair<int, Entry>> ordered;
  for (const Entry& entry : m_batch.entries) {
    int priority = m_batch.files[entry.file].priority;
    if (entry.fault < 0 && entry.id.empty()) { // ours have an id, and were asked about
      const AskedEntry asked(m_batch, entry);
      priority = m_options.hooks->priority(asked.entry()).value_or(priority);
    }
    ordered.emplace_back(priority, entry);
  }
  std::ranges::stable_sort(ordered, {}, &std::pair<int, Entry>::first);
  std::ranges::transform(ordered, m_batch.entries.begin(), &std::pair<int, Entry>::second);
}

// What was not decided goes back to where it stood, whatever the reason.
Applied DirDrain::apply(std::future<void>& files, const Batch& next, PassReport& report) {
  try {
    m_pace.rest();
    open_home();
    reorder();
    m_home->destinations.assign(m_batch);
    Applied applied = m_home->store.apply(m_batch);
    expect_in_place(m_home->store);
    Bytes size = 0;
    for (const Entry& entry : m_batch.entries) {
      size += entry.length;
    }
    m_pace.note(size, applied.held, m_home->store.database().data_version());
    return applied;
  } catch (const Error& error) {
    if (files.valid()) {
      files.wait();
    }
    if (error.code() == "database-locked" && !m_context.stop.is_requested()) {
      count_wait(report);
    }
    m_queue.give_back(m_batch);
    m_queue.give_back(next);
    throw;
  }
}

// A full wait for SQLite's lock was in vain.
void DirDrain::count_wait(PassReport& report) {
  const Entry& head = m_batch.entries.front();
  if (m_queue.count_retry(m_batch, head, m_options.max_retries)) {
    ++report.failed;
    ++report.queues[m_options.directory].failed;
    m_uncounted.note(head.attempts);
  }
}

// What earlier passes left undone, and the counters for old scripts.
void DirDrain::carry_out(PassReport& report) {
  if (!m_uncounted.is_empty()) {
    open_home();
    count_uncounted();
  }
  if (!m_home) {
    return; // nothing was decided by this process
  }
  m_home->forward.deliver(report);
  prune_ledger();
}

void DirDrain::count_uncounted() {
  const Turn turn(m_context, m_queue.spool().lock_path(), m_options.lock_patience);
  if (m_uncounted.is_empty()) {
    return; // another drain was faster
  }
  const std::string& spool = m_queue.spool().id();
  m_home->store.write([&] {
    const DirUncounted::Sum sum = m_uncounted.beyond(m_home->store.stats().counted(spool));
    m_home->store.stats().add(
        {.failed = sum.failed, .dir_failed = sum.failed, .dir_retried = sum.retries});
    m_home->store.stats().note_counted(spool, sum.last);
  });
  m_uncounted.forget();
}

// An entry is remembered for as long as its file lies in completed/: the oldest name there says
// how far back that goes.
void DirDrain::prune_ledger() {
  const Instant now = m_context.clock.now();
  if (now < m_prune_after) {
    return;
  }
  m_prune_after = now + k_prune_pause;
  const std::string spool = m_queue.spool().id();
  const std::optional<Instant> oldest = m_home->store.entries().oldest(spool);
  if (!oldest || now - *oldest < k_ledger_age) {
    return;
  }
  Instant horizon = now - k_ledger_kept;
  m_context.fs.visit(m_queue.spool().completed(), [&](std::string_view name, FileType) {
    if (const auto place = parse_dir_name(name)) {
      const Instant queued(std::chrono::floor<Duration>(std::chrono::nanoseconds(place->time)));
      horizon = std::min(horizon, queued);
    }
    return true;
  });
  if (*oldest < horizon) {
    m_home->store.write([&] { m_home->store.entries().purge(spool, horizon, k_purged_at_once); });
  }
}

void DirDrain::count_remaining(PassReport& report) {
  if (m_queue.spool().exists()) {
    const QueueCount count = m_queue.count_waiting(k_count_bytes);
    report.remaining += count.pending + count.processing;
    report.is_remaining_approximate |= count.is_approximate;
  }
  if (m_home) {
    report.remaining += m_home->store.outbox().count();
    if (!m_options.is_rehearsal) {
      m_stats.write(m_home->store.stats().totals(), report.remaining);
    }
  } else if (!m_options.is_rehearsal && m_queue.spool().exists()) {
    m_stats.catch_up(report.remaining);
  }
}

bool DirDrain::has_moved() const {
  return m_home && menacedb::has_moved(m_home->store.database());
}

std::optional<Duration> DirDrain::next_due() const {
  if (m_is_at_limit) {
    return Duration::zero();
  }
  const std::optional<Instant> due = m_queue.next_due();
  return due ? std::optional(std::max(Duration::zero(), *due - m_context.clock.now()))
             : std::nullopt;
}

} // namespace menacedb
