#include "core/engine/drain/table_drain.hpp"

#include "core/base/error.hpp"
#include "core/db/file_moved.hpp"
#include "core/db/unfinished_write.hpp"
#include "core/engine/jobs/job_places.hpp"
#include "core/engine/no_ledger.hpp"
#include "core/engine/places.hpp"
#include "core/engine/store_in_place.hpp"
#include "core/queue/job_schema.hpp"

#include <algorithm>
#include <limits>

namespace menacedb {
namespace {

constexpr std::uint64_t k_unlimited = std::numeric_limits<std::uint64_t>::max();
constexpr Duration k_pause = std::chrono::milliseconds(200); // before another try

} // namespace

TableDrainOptions table_drain_options(const Settings& settings) {
  TableDrainOptions options;
  options.database = job_database_path(settings);
  return options;
}

TableDrain::TableDrain(const Context& context, const Router& router, TableDrainOptions options)
    : m_context(context),
      m_router(router),
      m_options(std::move(options)),
      m_audit(context),
      m_pace(context.clock, context.settings.duration("sync.max_write_lock"),
             context.settings.bytes("sync.batch_bytes")) {}

TableDrain::~TableDrain() = default;

// False: there is no job table. Looking for one changes nothing.
bool TableDrain::open_queue() {
  if (m_queue) {
    return true;
  }
  if (!m_context.fs.stat(m_options.database)) {
    return false;
  }
  if (!m_look) {
    m_look =
        std::make_unique<Database>(m_options.database, DatabaseOptions{.keeps_journal_mode = true},
                                   m_context.clock, m_context.stop);
  }
  if (!has_job_table(*m_look) || (m_options.is_rehearsal && !has_job_schema(*m_look))) {
    return false;
  }
  m_look.reset();
  JobStoreOptions options = job_store_options(m_context.settings, m_options.database);
  options.lock_patience = m_options.lock_patience;
  m_jobs = std::make_unique<JobStore>(m_context.fs, m_context.clock, m_context.stop, options);
  m_queue = std::make_unique<TableQueue>(
      *m_jobs, m_context.clock,
      TableQueueOptions{.max_line = m_context.settings.bytes("queue.max_line")});
  m_lookup = std::make_unique<JobLookup>(m_jobs->database());
  return true;
}

void TableDrain::open_home() {
  if (m_home) {
    return;
  }
  m_home = std::make_unique<EntryHome>(
      m_context, m_router,
      EntryHomeOptions{.database = m_options.database,
                       .rehearsal_database = m_options.rehearsal_database,
                       .lock_patience = m_options.lock_patience,
                       .busy_timeout = m_options.busy_timeout,
                       .hooks = m_options.hooks,
                       .generation = m_options.generation});
  m_settler = std::make_unique<TableSettler>(m_home->store.database());
  m_triage = std::make_unique<FailureTriage>(m_context, m_home->store, m_options.hooks);
}

PassReport TableDrain::pass() {
  PassReport report;
  const Duration started = m_context.clock.monotonic();
  std::uint64_t allowed = m_options.limit.value_or(k_unlimited);
  try {
    if (!open_queue()) {
      return report;
    }
    if (m_home) {
      m_home->destinations.forget();
    }
    while (allowed > 0 && !m_context.stop.is_requested() && step(report, allowed)) {
    }
    m_is_at_limit = allowed == 0;
    if (m_home) {
      m_home->forward.deliver(report);
    }
  } catch (const Error& error) {
    report.note(error);
  }
  if (m_queue) {
    count_remaining(report);
  }
  report.elapsed = m_context.clock.monotonic() - started;
  return report;
}

PassReport TableDrain::rehearse() {
  PassReport report;
  const Duration started = m_context.clock.monotonic();
  std::uint64_t allowed = m_options.limit.value_or(k_unlimited);
  if (!open_queue()) {
    return report;
  }
  std::uint64_t seen = 0;
  while (allowed > 0 && !m_context.stop.is_requested()) {
    m_queue->preview(seen, {m_pace.batch_bytes(), allowed, m_options.table}, m_batch);
    if (m_batch.is_empty()) {
      break;
    }
    seen += m_batch.entries.size();
    open_home();
    m_batch.is_rehearsal = true;
    m_batch.settle_within = [](const Outcomes&) { return true; };
    m_home->destinations.assign(m_batch);
    const Applied applied = m_home->store.apply(m_batch);
    report.count(m_options.database, applied.outcomes);
    report.applied += applied.outcomes.forwarded;
    allowed -= std::min<std::uint64_t>(allowed, m_batch.entries.size());
  }
  count_remaining(report);
  report.remaining -= std::min(report.remaining, seen);
  report.elapsed = m_context.clock.monotonic() - started;
  return report;
}

// One batch. False when nothing is left to decide.
bool TableDrain::step(PassReport& report, std::uint64_t& allowed) {
  m_pace.rest();
  NoLedger ledger;
  m_queue->claim(ledger, {m_pace.batch_bytes(), allowed, m_options.table}, m_batch);
  if (m_batch.is_empty()) {
    return false;
  }
  open_home();
  m_home->destinations.assign(m_batch);
  m_batch.settle_within = [this](const Outcomes& outcomes) {
    return m_settler->settle(m_batch, outcomes, m_context.clock.now());
  };
  Applied applied = m_home->store.apply(m_batch);
  expect_in_place(m_home->store);
  Bytes size = 0;
  for (const Entry& entry : m_batch.entries) {
    size += entry.length;
  }
  m_pace.note(size, applied.held, m_home->store.database().data_version());
  if (!applied.has_won) {
    return true; // another drain was faster: look again
  }
  m_audit.gather(m_batch, applied.outcomes);
  m_audit.write();
  (void)m_triage->run(m_batch, applied.outcomes, *m_settler); // changes the outcomes
  report.count(m_options.database, applied.outcomes);
  allowed -= std::min<std::uint64_t>(allowed, m_batch.entries.size());
  if (applied.outcomes.forwarded > 0) {
    m_home->forward.deliver(report);
  }
  m_home->store.checkpoint_if_large();
  if (m_options.on_progress) {
    m_options.on_progress();
  }
  return true;
}

void TableDrain::count_remaining(PassReport& report) {
  const QueueCount count = m_queue->count_waiting();
  report.remaining += count.pending;
  report.is_remaining_approximate |= count.is_approximate;
}

bool TableDrain::has_moved() const {
  return (m_jobs && menacedb::has_moved(m_jobs->database())) ||
         (m_look && menacedb::has_moved(*m_look));
}

bool TableDrain::has_unfinished_write() {
  Database* const database = m_jobs ? &m_jobs->database() : m_look.get();
  try {
    return database == nullptr || menacedb::has_unfinished_write(*database);
  } catch (const Error&) {
    return true; // the pass will say what is wrong
  }
}

std::optional<Duration> TableDrain::next_due() {
  if (m_is_at_limit) {
    return Duration::zero();
  }
  const auto due = m_lookup ? m_lookup->next_due(k_entry_job_type) : std::nullopt;
  if (!due) {
    return std::nullopt;
  }
  return std::max(*due - m_context.clock.now(), k_pause); // one that is due was left behind
}

} // namespace menacedb
