#include "core/engine/status/status_connections.hpp"

#include "core/base/units.hpp"
#include "core/db/database.hpp"
#include "core/db/database_use.hpp"
#include "core/engine/file_systems.hpp"
#include "core/os/mounts.hpp"

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

void judge_openers(const DatabaseUse& use, const std::string& path, StatusReport& report) {
  for (const DatabaseUse::Opener& opener : use.openers) {
    if (opener.connections > k_many_connections) {
      report.problems.push_back(
          {"connections",
           fmt::format("{} has '{}' open {} times: it may be losing connections",
                       describe_process(opener.pid), path, opener.connections),
           fmt::format("ls -l /proc/{}/fd", opener.pid)});
    }
  }
}

void judge_wal(const Context& context, const DatabaseUse& use, const DatabaseState& database,
               StatusReport& report) {
  if (database.wal_size <= context.settings.bytes("databases.wal_limit")) {
    return;
  }
  if (const auto readers = readers_of(use)) {
    report.problems.push_back(
        {"wal-pinned",
         fmt::format("the WAL of '{}' has grown to {}; a reader may keep it from being carried "
                     "over: {}",
                     database.path, format_bytes(database.wal_size), *readers),
         "menacedb locks"});
  }
}

} // namespace

void judge_connections(const Context& context, StatusReport& report) {
  std::vector<std::string> paths;
  for (const DatabaseState& database : report.databases) {
    paths.push_back(database.real_path);
  }
  std::set<int> processes;
  const DatabaseUses uses = find_connected(paths);
  for (std::size_t i = 0; i < uses.databases.size(); ++i) {
    const DatabaseUse& use = uses.databases[i];
    for (const DatabaseUse::Opener& opener : use.openers) {
      processes.insert(opener.pid);
    }
    judge_openers(use, report.databases[i].path, report);
    judge_wal(context, use, report.databases[i], report);
  }
  report.connections = processes.size();
}

void judge_file_systems(const Context& context, StatusReport& report) {
  std::vector<std::string> paths = context.settings.drain_queue_dirs();
  for (const DatabaseState& database : report.databases) {
    paths.push_back(database.path);
  }
  std::set<std::string> local; // folders, as far as it is known of them already
  for (const std::string& path : paths) {
    if (local.contains(parent_directory(path)) || is_on_local_disk(path)) {
      local.insert(parent_directory(path));
      continue;
    }
    if (const auto warning = file_system_warning(path)) {
      report.problems.push_back({"file-system", *warning, "move it to a disk of this machine"});
    }
  }
}

} // namespace menacedb
