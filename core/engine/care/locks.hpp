#pragma once

#include "core/engine/context.hpp"
#include "core/engine/places.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

struct LockReport {
  struct Lock {
    std::string database; // path, as asked for
    std::string kind;     // exclusive|write|menacedb|read
    std::string detail;   // "write transaction"
    int pid = 0;          // 0: not known
    std::string command;  // printable; empty: not known
    bool is_waiting = false;
    // By the holder's own record in menacedb's lock file. SQLite and the kernel keep no time; the
    // start of the process is a bound.
    std::optional<Instant> since;
    std::optional<Instant> process_started;
  };
  struct Connections {
    std::string database;
    std::uint64_t processes = 0;
    std::uint64_t connections = 0; // as far as we may look; at least one per process
  };
  std::vector<Lock> locks;
  std::vector<Connections> connections;
  std::uint64_t unseen_processes = 0; // into whose open files we may not look
};

struct LockRequest {
  std::vector<NamedDatabase> databases;
  bool includes_spools = false; // the drains' locks of the configured spools, too
};

// Who holds or waits for a lock, by what the kernel tells; opens no database.
[[nodiscard]] LockReport read_locks(const Context& context, const LockRequest& request);

} // namespace menacedb
