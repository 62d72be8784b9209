#include "core/engine/status_connections.hpp"

#include "core/base/units.hpp"
#include "core/db/database.hpp"
#include "core/db/database_use.hpp"
#include "core/engine/file_systems.hpp"

#include <fmt/format.h>

#include <set>

namespace menacedb {
namespace {

constexpr unsigned k_many_connections = 20; // of one process to one database

// The first frames of a WAL are carried over only when no reader needs what they replace.
std::optional<std::string> readers_of(const DatabaseUse& use) {
  std::string readers;
  for (const DatabaseLock& lock : use.locks) {
    if (lock.kind == DatabaseLockKind::read &&
        readers.find(describe_process(lock.pid)) == std::string::npos) {
      readers += (readers.empty() ? "" : "; ") + describe_process(lock.pid);
    }
  }
  return readers.empty() ? std::nullopt : std::optional(std::move(readers));
}

void judge_openers(const DatabaseUse& use, StatusReport& report) {
  for (const DatabaseUse::Opener& opener : use.openers) {
    if (opener.connections > k_many_connections) {
      report.problems.push_back(
          {"connections",
           fmt::format("{} has '{}' open {} times: it may be losing connections",
                       describe_process(opener.pid), use.path, opener.connections),
           fmt::format("ls -l /proc/{}/fd", opener.pid)});
    }
  }
}

void judge_wal(const Context& context, const DatabaseUse& use, StatusReport& report) {
  const auto wal = context.fs.stat(real_database_path(use.path) + "-wal");
  if (!wal || wal->size <= context.settings.bytes("databases.wal_limit")) {
    return;
  }
  if (const auto readers = readers_of(use)) {
    report.problems.push_back(
        {"wal-pinned",
         fmt::format("the WAL of '{}' has grown to {}; a reader may keep it from being carried "
                     "over: {}",
                     use.path, format_bytes(wal->size), *readers),
         "menacedb locks"});
  }
}

} // namespace

void judge_connections(const Context& context, StatusReport& report) {
  std::vector<std::string> paths;
  for (const DatabaseState& database : report.databases) {
    paths.push_back(database.path);
  }
  std::set<int> processes;
  for (const DatabaseUse& use : find_database_use(paths).databases) {
    for (const DatabaseUse::Opener& opener : use.openers) {
      processes.insert(opener.pid);
    }
    judge_openers(use, report);
    judge_wal(context, use, report);
  }
  report.connections = processes.size();
}

void judge_file_systems(const Context& context, StatusReport& report) {
  std::vector<std::string> paths = context.settings.drain_queue_dirs();
  for (const DatabaseState& database : report.databases) {
    paths.push_back(database.path);
  }
  for (const std::string& path : paths) {
    if (const auto warning = file_system_warning(path)) {
      report.problems.push_back({"file-system", *warning, "move it to a disk of this machine"});
    }
  }
}

} // namespace menacedb
