#include "core/engine/enqueue/outcome_wait.hpp"

#include "core/base/error.hpp"
#include "core/db/database.hpp"
#include "core/queue/dir_spool.hpp"
#include "core/queue/job_list.hpp"
#include "core/store/dead_rows.hpp"
#include "core/store/entry_ledger.hpp"
#include "core/store/keys.hpp"
#include "core/store/store_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace menacedb {
namespace {

constexpr Duration k_shortest_pause = std::chrono::milliseconds(1);
constexpr Duration k_longest_pause = std::chrono::milliseconds(25);

std::optional<Awaited> look_for_file(Fs& fs, Database& database, const AwaitedEntry& entry) {
  const std::optional<std::string> spool = DirSpool(fs, entry.spool).known_id();
  const auto decided =
      spool ? EntryLedger(database).find_sequence(*spool, entry.sequence) : std::nullopt;
  return decided ? std::optional(Awaited{decided->is_applied, decided->fault}) : std::nullopt;
}

std::optional<Awaited> look_for_job(Database& database, const AwaitedEntry& entry) {
  const std::optional<Job> job = JobList(database).find(entry.job);
  if (!job || job->status == job_status::k_completed) {
    return Awaited{true, {}}; // only jobs that are over are ever deleted
  }
  if (job->status == job_status::k_failed || job->status == job_status::k_cancelled) {
    return Awaited{false, {"entry-" + job->status, job->error.empty() ? job->status : job->error}};
  }
  return std::nullopt;
}

std::optional<Awaited> look(Fs& fs, Database& database, const AwaitedEntry& entry) {
  if (entry.job != 0) {
    return look_for_job(database, entry);
  }
  if (!has_store_schema(database)) {
    return std::nullopt; // no drain has been here yet
  }
  if (!entry.sequence.empty()) {
    return look_for_file(fs, database, entry);
  }
  if (Keys(database).decided_at(entry.table, entry.key)) {
    return Awaited{true, {}};
  }
  const std::optional<DeadRow> dead = DeadRows(database).find_entry(entry.id);
  if (dead && dead->state == DeadState::dead) {
    return Awaited{false, dead->fault};
  }
  return std::nullopt;
}

Error not_decided(const AwaitedEntry& entry, Duration patience, bool is_stopped) {
  if (is_stopped) {
    return {
        ErrorKind::busy, "interrupted",
        fmt::format("cannot wait for entry {} any longer: interrupted; it stays queued", entry.id)};
  }
  return Error(ErrorKind::busy, "wait-timeout",
               fmt::format("cannot see entry {} applied: no drain decided it within {}; it stays "
                           "queued",
                           entry.id, format_duration(patience)))
      .with_hint("menacedb sync");
}

// None while nobody has the database open: then no drain is at work, and opening it would leave
// traces. The last one may close it between the question and the opening.
std::optional<Database> open_beside_drain(const Context& context, const std::string& path) {
  if (!context.fs.stat(path) || !Database::can_open_without_traces(path)) {
    return std::nullopt;
  }
  try {
    return Database(path, DatabaseOptions{.read_only = true}, context.clock, context.stop);
  } catch (const Error& error) {
    if (error.code() != "wal-closed") {
      throw;
    }
    return std::nullopt;
  }
}

} // namespace

Awaited wait_for_outcome(const Context& context, const AwaitedEntry& entry, Duration patience) {
  std::optional<Database> database;
  std::int64_t seen_version = -1;
  Duration pause = k_shortest_pause;
  const Duration deadline = context.clock.monotonic() + patience;
  for (;;) {
    if (!database) {
      database = open_beside_drain(context, entry.database);
    }
    if (database) {
      if (const std::int64_t version = database->data_version(); version != seen_version) {
        seen_version = version;
        if (std::optional<Awaited> answer = look(context.fs, *database, entry)) {
          return *answer;
        }
      }
    }
    const bool is_stopped = context.stop.is_requested();
    if (is_stopped || context.clock.monotonic() >= deadline) {
      throw not_decided(entry, patience, is_stopped);
    }
    context.clock.sleep(pause);
    pause = std::min(pause * 2, k_longest_pause);
  }
}

} // namespace menacedb
