#include "core/engine/care/checkpoints.hpp"

#include "core/db/database_use.hpp"
#include "core/db/file_header.hpp"
#include "core/db/writer_lock.hpp"
#include "core/engine/database_options.hpp"
#include "core/os/process.hpp"

#include <algorithm>
#include <span>

namespace menacedb {
namespace {

constexpr Bytes k_cache = 1u << 20; // frames pass through, nothing is looked up
constexpr Bytes k_wal_header = 32;
constexpr Bytes k_frame_header = 24;

std::vector<CheckpointReport::Blocker> find_blockers(const std::string& path) {
  std::vector<CheckpointReport::Blocker> blockers;
  const DatabaseUses uses = find_database_use(std::span(&path, 1));
  for (const DatabaseLock& lock : uses.databases.front().locks) {
    const bool is_known = std::any_of(
        blockers.begin(), blockers.end(),
        [&](const CheckpointReport::Blocker& blocker) { return blocker.pid == lock.pid; });
    if (!lock.is_waiting && !is_known) {
      const std::string command = lock.pid > 0 ? process_command(lock.pid).value_or("") : "";
      blockers.push_back({lock.pid, command, lock.detail});
    }
  }
  return blockers;
}

// Also says what is wrong with a file that is no database.
std::string journal_mode_of(const Context& context, const std::string& path) {
  Database database(path, {.read_only = true, .cache_size = k_cache}, context.clock, context.stop);
  return database.query_text("PRAGMA journal_mode");
}

void rehearse(const Context& context, const std::string& path, CheckpointReport& report) {
  Database database(path, {.read_only = true, .accepts_snapshot = true, .cache_size = k_cache},
                    context.clock, context.stop);
  CheckpointResult& result = report.result;
  result.wal_before = database.wal_size();
  result.wal_after = result.wal_before;
  if (result.wal_before > k_wal_header) { // at most: old frames stay in a WAL that was reset
    const auto page = static_cast<Bytes>(database.query_integer("PRAGMA page_size"));
    result.frames =
        static_cast<std::int64_t>((result.wal_before - k_wal_header) / (page + k_frame_header));
  }
  report.blocked_by = find_blockers(path);
}

void perform(const Context& context, const std::string& path, const CheckpointRequest& request,
             CheckpointReport& report) {
  DatabaseOptions options;
  options.busy_timeout =
      request.timeout.value_or(context.settings.duration("databases.busy_timeout"));
  options.cache_size = k_cache;
  options.full_sync = true;
  const WriterLock writer(context.fs, context.clock, path,
                          request.timeout.value_or(writer_patience(context.settings)),
                          context.stop);
  Database guard(path, options, context.clock, context.stop);
  Database worker(path, options, context.clock, context.stop);
  report.result = checkpoint(guard, worker, request.mode);
  if (report.result.is_blocked) {
    report.blocked_by = find_blockers(path); // while they still are there
  }
}

} // namespace

CheckpointReport checkpoint_database(const Context& context, const std::string& path,
                                     const CheckpointRequest& request) {
  CheckpointReport report;
  report.path = path;
  report.journal_mode = "wal";
  if (!is_wal_file(real_database_path(path))) {
    report.journal_mode = journal_mode_of(context, path);
    return report;
  }
  if (request.is_rehearsal) {
    rehearse(context, path, report);
    return report;
  }
  try {
    perform(context, path, request, report);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::busy) {
      throw;
    }
    const auto wal = context.fs.stat(real_database_path(path) + "-wal");
    report.result.wal_before = wal ? wal->size : 0;
    report.result.wal_after = report.result.wal_before;
    report.result.is_blocked = true;
    report.reason = explain_mode(context.settings, error).message();
    report.blocked_by = find_blockers(path);
  }
  return report;
}

} // namespace menacedb
