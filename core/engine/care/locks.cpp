#include "core/engine/care/locks.hpp"

#include "core/db/database.hpp"
#include "core/db/database_use.hpp"
#include "core/db/writer_lock.hpp"
#include "core/os/file_lock.hpp"
#include "core/os/file_use.hpp"
#include "core/os/process.hpp"
#include "core/queue/spool.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

// The record is a word of the holder's; it counts when the kernel says the same pid.
std::optional<Instant> recorded_since(Fs& fs, const std::string& lock_path, int pid) {
  const std::optional<LockHolder> holder = recorded_holder(fs, lock_path);
  return holder && holder->pid == pid ? std::optional(holder->since) : std::nullopt;
}

void name_process(LockReport::Lock& lock) {
  if (lock.pid > 0) {
    lock.command = process_command(lock.pid).value_or("");
    lock.process_started = process_started_at(lock.pid);
  }
}

void add_database(Fs& fs, const DatabaseUse& use, LockReport& report) {
  for (const DatabaseLock& found : use.locks) {
    LockReport::Lock lock;
    lock.database = use.path;
    lock.kind = lock_kind_word(found.kind);
    lock.detail = found.detail;
    lock.pid = found.pid;
    lock.is_waiting = found.is_waiting;
    if (found.kind == DatabaseLockKind::menacedb && !found.is_waiting) {
      lock.since = recorded_since(fs, WriterLock::lock_path(use.path), found.pid);
    }
    name_process(lock);
    report.locks.push_back(std::move(lock));
  }
  LockReport::Connections connections{use.path, use.openers.size(), 0};
  for (const DatabaseUse::Opener& opener : use.openers) {
    connections.connections += std::max(opener.connections, 1u);
  }
  report.connections.push_back(std::move(connections));
}

// A drain at work on a spool, and the one that waits in its doorway.
void add_spool(const Context& context, const std::string& directory, LockReport& report) {
  const std::string path = Spool(context.fs, context.clock, directory).drain_lock_path();
  const std::vector<std::string> files{real_database_path(path),
                                       real_database_path(path + ".next")};
  for (const FileUse::Lock& found : find_file_use(files).locks) {
    LockReport::Lock lock;
    lock.database = shared_database_path(context.settings);
    lock.kind = "menacedb";
    lock.detail = fmt::format("drain of '{}'", directory);
    lock.pid = found.lock.pid;
    lock.is_waiting = found.file == 1 || found.lock.is_waiting;
    lock.since = recorded_since(context.fs, files[found.file], found.lock.pid);
    name_process(lock);
    report.locks.push_back(std::move(lock));
  }
}

} // namespace

LockReport read_locks(const Context& context, const LockRequest& request) {
  std::vector<std::string> paths;
  std::transform(request.databases.begin(), request.databases.end(), std::back_inserter(paths),
                 [](const NamedDatabase& database) { return database.path; });
  const DatabaseUses uses = find_database_use(paths);
  LockReport report;
  report.unseen_processes = uses.unseen_processes;
  for (const DatabaseUse& use : uses.databases) {
    add_database(context.fs, use, report);
  }
  if (request.includes_spools) {
    for (const std::string& directory : context.settings.drain_queue_dirs()) {
      add_spool(context, directory, report);
    }
  }
  return report;
}

} // namespace menacedb
