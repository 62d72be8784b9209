#include "core/engine/status/status.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/db/database.hpp"
#include "core/db/transaction.hpp"
#include "core/engine/no_ledger.hpp"
#include "core/engine/places.hpp"
#include "core/engine/status/audit_health.hpp"
#include "core/engine/status/hook_health.hpp"
#include "core/engine/status/job_status.hpp"
#include "core/engine/status/status_backups.hpp"
#include "core/engine/status/status_connections.hpp"
#include "core/engine/status/status_numbers.hpp"
#include "core/engine/status/upkeep_status.hpp"
#include "core/engine/status/worker_status.hpp"
#include "core/engine/store_view.hpp"
#include "core/model/known_positions.hpp"
#include "core/queue/access_tally.hpp"
#include "core/queue/dir_queue.hpp"
#include "core/queue/jsonl_queue.hpp"
#include "core/store/access_rows.hpp"
#include "core/store/store_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

namespace menacedb {
namespace {

constexpr Duration k_old_backlog = std::chrono::minutes(10);

// Adds what the home store knows of a lane.
using LaneCounts =
    std::function<void(const std::string& spool, const Lane& lane, QueueState& queue)>;

class StatusReader {
public:
  StatusReader(const Context& context, const StatusOptions& options)
      : m_context(context), m_options(options) {}

  StatusReport read();

private:
  void add_problem(Problem problem) { m_report.problems.push_back(std::move(problem)); }
  void read_settings();
  void read_home();
  void read_own_home();
  void read_dir_queue();
  void read_jobs();
  void add_strays(const QueueScan& scan);
  void read_accesses(const StatsValues& values);
  void read_worker();
  void read_queues(LedgerView& ledger, const LaneCounts& count_lane = {});
  void add_home_store(const StoreNumbers& home);
  void add_queue(const QueueCount& count, const std::optional<std::string>& spool,
                 const LaneCounts& count_lane);
  DatabaseState read_database(std::string name, const std::string& path);
  void add_store(const StoreSummary& store);
  void judge_dead(std::uint64_t dead);
  void sum_up();
  void judge_audit();
  void judge();

  const Context& m_context;
  const StatusOptions& m_options;
  StatusReport m_report;
  std::map<std::string, std::string> m_spool_ids; // by directory
  StatusNumbers m_numbers;                        // of the shared database
  EntryCounters m_all;                            // of both formats; `enqueued` not yet
  Flow m_flow;
};

void StatusReader::read_settings() {
  if (!m_context.settings.problems().empty()) {
    m_report.policy_error = problem_text(m_context.settings.problems().front());
  }
  for (const ConfigProblem& problem : m_context.settings.problems()) {
    add_problem({"config", problem_text(problem), "menacedb config check", true});
  }
}

DatabaseState StatusReader::read_database(std::string name, const std::string& path) {
  DatabaseState state{.name = std::move(name), .path = path, .real_path = real_database_path(path)};
  const std::optional<FileStat> file = m_context.fs.stat(path);
  if (!file) {
    return state;
  }
  state.exists = true;
  state.size = file->size;
  if (const auto wal = m_context.fs.stat(state.real_path + "-wal")) {
    state.wal_size = wal->size;
  }
  return state;
}

void StatusReader::read_home() {
  const std::string path = shared_database_path(m_context.settings);
  DatabaseState state = read_database("shared", path);
  NoLedger no_ledger;
  try {
    if (state.exists) {
      m_numbers = m_options.with_flow ? read_status_numbers(m_context, path, true)
                                      : known_status_numbers(m_context, {path, state.real_path});
    }
    if (m_numbers.store) {
      add_home_store(*m_numbers.store);
    } else {
      read_queues(no_ledger);
      read_accesses({});
    }
  } catch (const Error& error) { // a broken database is an answer here, not an accident
    state.is_ok = error.is_retryable();
    const std::string hint =
        state.is_ok ? "menacedb sync --lock-timeout 1m" // somebody holds a lock; the file is sound
                    : fmt::format("sqlite3 '{}' 'PRAGMA integrity_check'", path);
    add_problem(
        {error.code(), error.message(), error.hint().empty() ? hint : error.hint(), !state.is_ok});
    if (m_report.queues.empty()) {
      read_queues(no_ledger);
      read_accesses({});
    }
  }
  m_report.databases.push_back(std::move(state));
}

// What the store holds, and what the spools have for it.
void StatusReader::read_accesses(const StatsValues& values) {
  m_report.access = accesses_in(values);
  for (const std::string& directory : m_context.settings.drain_queue_dirs()) {
    Spool spool(m_context.fs, m_context.clock, directory);
    const auto id = m_spool_ids.find(directory);
    const std::uint64_t folded = id == m_spool_ids.end() ? 0 : folded_in(values, id->second);
    m_report.access += AccessTally(m_context.fs, m_context.clock, spool).pending(folded);
  }
}

void StatusReader::read_worker() {
  WorkerStatus status = read_worker_status(m_context);
  m_report.worker = std::move(status.worker);
  m_report.log = std::move(status.log);
  if (!m_report.policy_error) {
    m_report.policy_error = std::move(status.policy_error);
  }
  std::move(status.problems.begin(), status.problems.end(), std::back_inserter(m_report.problems));
}

void StatusReader::judge_audit() {
  if (const auto reason = why_audit_fails(m_context.fs, m_context.settings)) {
    add_problem({"audit-unwritable", *reason, "menacedb config show audit.path --origin"});
  }
}

void StatusReader::add_home_store(const StoreNumbers& home) {
  KnownPositions ledger(home.positions);
  read_queues(ledger, [&](const std::string& spool, const Lane& lane, QueueState& queue) {
    queue.completed = completed_in(home.summary.values, spool, lane);
    queue.failed = home.dead_in(spool, lane);
  });
  read_accesses(home.summary.values);
  add_store(home.summary);
  m_flow.merge(m_numbers.flow.value_or(Flow()));
  judge_dead(home.summary.dead);
}

// An entry for another store is processed when that one has it.
void StatusReader::add_store(const StoreSummary& store) {
  const StoreTotals& totals = store.totals;
  const std::uint64_t applied = totals.applied + totals.duplicates + totals.delivered;
  m_report.total.completed += applied;
  m_report.total.failed += store.dead;
  m_report.total.pending += store.deferred + store.forwarded;
  m_all.processed += applied - totals.direct;
  m_all.failed += totals.failed;
  m_all.retried += store.replayed + totals.dir_retried;
  m_all.direct += totals.direct;
  m_report.files.processed += totals.dir_processed;
  m_report.files.failed += totals.dir_failed;
  m_report.files.retried += totals.dir_retried;
  m_report.files.direct += totals.dir_direct;
}

void StatusReader::judge_dead(std::uint64_t dead) {
  if (dead > 0) {
    add_problem({"dead-letters",
                 dead == 1 ? "1 entry could not be applied and waits as a dead letter"
                           : fmt::format("{} entries could not be applied and wait as dead letters",
                                         format_count(dead)),
                 "menacedb replay-failed --list"});
  }
}

// What is not of the directory queue came as lines. Jobs are no entries: nothing here counts them
// when they are done, so they do not count while they wait.
void StatusReader::sum_up() {
  m_all.enqueued = m_all.processed + m_all.failed + m_report.total.pending;
  EntryCounters& files = m_report.files;
  files.enqueued = files.processed + files.failed;
  for (const QueueState& queue : m_report.queues) {
    m_all.enqueued -= queue.format == "table" ? std::min(m_all.enqueued, queue.pending) : 0;
    files.enqueued += queue.format == "dir" ? queue.pending + queue.processing : 0;
  }
  for (const auto counter :
       {&EntryCounters::enqueued, &EntryCounters::processed, &EntryCounters::failed,
        &EntryCounters::retried, &EntryCounters::direct}) {
    m_report.rows.*counter = m_all.*counter - std::min(m_all.*counter, files.*counter);
  }
  m_report.stats = {{"enqueued", m_all.enqueued},
                    {"processed", m_all.processed},
                    {"failed", m_all.failed},
                    {"retried", m_all.retried},
                    {"direct", m_all.direct}};
  if (m_options.with_flow) {
    m_report.flow = make_flow_report(m_flow, m_report);
  }
}

void StatusReader::add_queue(const QueueCount& count, const std::optional<std::string>& spool,
                             const LaneCounts& count_lane) {
  QueueState queue;
  queue.name = count.name;
  queue.format = count.format;
  queue.pending = count.pending;
  queue.processing = count.processing;
  queue.completed = count.completed;
  queue.failed = count.failed;
  m_report.total.processing += count.processing;
  m_report.total.failed += count.failed;
  queue.is_approximate = count.is_approximate;
  const std::optional<Lane> lane = parse_lane_file_name(count.name);
  if (spool && lane && count_lane) {
    count_lane(*spool, *lane, queue);
  }
  if (count.pending > 0 && count.oldest_at) {
    queue.oldest = std::max(Duration::zero(), m_report.taken_at - *count.oldest_at);
    m_report.total.oldest =
        std::max(m_report.total.oldest.value_or(Duration::zero()), *queue.oldest);
  }
  m_report.total.pending += queue.pending;
  m_report.total.is_approximate |= queue.is_approximate;
  m_report.queues.push_back(std::move(queue));
}

void StatusReader::read_queues(LedgerView& ledger, const LaneCounts& count_lane) {
  for (const std::string& directory : m_context.settings.drain_queue_dirs()) {
    const std::optional<FileStat> spool = m_context.fs.stat(directory);
    if (!spool) {
      add_problem({"spool-missing", fmt::format("the spool '{}' does not exist yet", directory),
                   "menacedb init"});
      continue;
    }
    JsonlQueue queue(m_context.fs, m_context.clock, m_context.log, directory, {});
    const QueueScan scan = queue.scan(ledger, m_options.count_bytes);
    m_report.is_available = true;
    const std::optional<std::string> id = queue.spool().id();
    if (id) {
      m_spool_ids.emplace(directory, *id);
    }
    for (const QueueCount& count : scan.queues) {
      add_queue(count, id, count_lane);
    }
    add_strays(scan);
  }
  read_dir_queue();
  read_jobs();
  if (m_report.total.oldest && *m_report.total.oldest > k_old_backlog) {
    add_problem({"backlog-old",
                 fmt::format("the oldest entry has waited for {:.0f} minutes",
                             static_cast<double>(m_report.total.oldest->count()) / 60e6),
                 "menacedb sync"});
  }
}

void StatusReader::add_strays(const QueueScan& scan) {
  for (const Stray& stray : scan.strays) {
    add_problem({"stray", fmt::format("'{}' {} and is left alone", stray.path, stray.reason),
                 fmt::format("ls -l '{}'", stray.path)});
  }
}

// A spool that nobody made yet is none: SQL writes are a thing of their own.
void StatusReader::read_dir_queue() {
  const std::string& directory = m_context.settings.text("dir_queue.dir");
  NoLedger ledger;
  DirQueue queue(m_context.fs, m_context.clock, m_context.log, directory, {});
  const QueueScan scan = queue.scan(ledger, m_options.count_bytes);
  for (const QueueCount& count : scan.queues) {
    add_queue(count, std::nullopt, {});
  }
  add_strays(scan);
  const std::uint64_t failed = scan.queues.empty() ? 0 : scan.queues.front().failed;
  if (failed > 0) {
    add_problem({"dead-letters",
                 failed == 1 ? fmt::format("1 SQL write failed and lies in '{}/failed'", directory)
                             : fmt::format("{} SQL writes failed and lie in '{}/failed'",
                                           format_count(failed), directory),
                 "menacedb replay-failed --list --format dir"});
  }
}

void StatusReader::read_jobs() {
  JobStatus jobs = m_numbers.knows_jobs ? job_status_of(m_context, std::move(m_numbers.jobs))
                                        : read_job_status(m_context);
  if (jobs.queue) {
    add_queue(*jobs.queue, std::nullopt, {});
  }
  std::ranges::move(jobs.problems, std::back_inserter(m_report.problems));
  std::ranges::move(find_handler_problems(m_context), std::back_inserter(m_report.problems));
}

// The home store of the directory queue, where that is another one.
void StatusReader::read_own_home() {
  const std::optional<std::string> path = own_database_path(m_context.settings);
  if (!path) {
    return;
  }
  DatabaseState state = read_database("dir_queue", *path);
  if (state.real_path == m_report.databases.front().real_path) {
    return;
  }
  try {
    if (const auto database = state.exists ? view_store(m_context, *path) : nullptr) {
      const ReadTransaction moment(*database);
      add_store(read_store_summary(*database));
      if (m_options.with_flow) {
        m_flow.merge(read_flow(*database));
      }
    }
  } catch (const Error& error) { // a broken database is an answer here, not an accident
    state.is_ok = error.is_retryable();
    add_problem({error.code(), error.message(), error.hint(), !state.is_ok});
  }
  m_report.databases.push_back(std::move(state));
}

void StatusReader::judge() {
  const bool is_down = std::any_of(m_report.problems.begin(), m_report.problems.end(),
                                   [](const Problem& problem) { return problem.is_grave; });
  m_report.health = is_down ? "down" : (m_report.problems.empty() ? "ok" : "degraded");
}

StatusReport StatusReader::read() {
  m_report.taken_at = m_context.clock.now();
  read_settings();
  read_home();
  read_own_home();
  read_worker();
  add_upkeep(m_context, m_report);
  judge_backups(m_context, m_report);
  judge_audit();
  add_hook_health(m_context, m_report);
  const Settings& settings = m_context.settings;
  m_report.databases.push_back(
      read_database("local", local_database_path(settings, settings.text("instance.id"))));
  judge_connections(m_context, m_report);
  judge_file_systems(m_context, m_report);
  sum_up();
  judge();
  return std::move(m_report);
}

} // namespace

StatusReport read_status(const Context& context, const StatusOptions& options) {
  return StatusReader(context, options).read();
}

} // namespace menacedb
