#pragma once

#include "core/os/file_use.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

enum class DatabaseLockKind {
  exclusive, // nobody else can read or write, or a checkpoint or recovery is at work
  write,     // a write transaction
  menacedb,  // menacedb's own lock: its one writer at a time
  read,      // a read transaction
};
[[nodiscard]] std::string_view lock_kind_word(DatabaseLockKind kind) noexcept;

struct DatabaseLock {
  DatabaseLockKind kind = DatabaseLockKind::read;
  std::string detail; // which of SQLite's locks: "WAL write lock"
  int pid = 0;        // 0: not known
  bool is_waiting = false;
  int read_mark = -1; // of a read transaction in WAL mode: 0 reads the database file alone
};

// Who uses one database, seen from outside: by the kernel's lock table and the descriptors of other
// processes, without opening the file. A program that only has the database open and is in no
// transaction is an opener and has no lock here, whatever it holds in the kernel's table.
struct DatabaseUse {
  struct Opener {
    int pid = 0;
    unsigned connections = 0; // 0: it has locks, but we may not look at its descriptors
  };
  std::string path;                // as asked for
  std::vector<DatabaseLock> locks; // holders before waiters, by kind
  std::vector<Opener> openers;
};

struct DatabaseUses {
  std::vector<DatabaseUse> databases; // in the order of the paths
  std::uint64_t unseen_processes = 0; // see FileUse
};
[[nodiscard]] DatabaseUses find_database_use(std::span<const std::string> paths);
// The same without waiting locks, and without looking further when SQLite's locks say that nobody
// is connected: for whoever only reads, in WAL mode a connection has such a lock for as long as it
// lives, elsewhere while it is in a transaction. Not while our own process has one of the databases
// open. The paths are real ones.
[[nodiscard]] DatabaseUses find_connected(std::span<const std::string> real_paths);

// "pid 4711, 'python3 app.py'".
[[nodiscard]] std::string describe_process(int pid);
// Of the processes that keep others from writing, joined by "; ". Empty when there is none any
// more.
[[nodiscard]] std::string describe_lock_holders(const std::string& path);

} // namespace menacedb
