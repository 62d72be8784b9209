#include "core/db/database_use.hpp"

#include "core/db/database.hpp"
#include "core/db/lock_bytes.hpp"
#include "core/db/writer_lock.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace menacedb {
namespace {

enum File : std::size_t { main_file, wal_index, writer_lock, files_per_database };

std::array<std::string, files_per_database> files_of(const std::string& path) {
  const std::string real_path = real_database_path(path);
  return {real_path, real_path + "-shm", WriterLock::lock_path(path)};
}

// Turns the kernel's locks on the three files of one database into SQLite's terms.
class Reading {
public:
  Reading(const FileUse& use, std::size_t first_file) : m_use(use), m_first(first_file) {}
  DatabaseUse read(const std::string& path);

private:
  void add(DatabaseLockKind kind, std::string detail, const KernelLock& lock, int read_mark = -1) {
    m_result.locks.push_back({kind, std::move(detail), lock.pid, lock.is_waiting, read_mark});
  }
  [[nodiscard]] bool is_connected(int pid) const;
  void read_main(const KernelLock& lock);
  void read_wal_index(const KernelLock& lock);
  void drop_reads_of_writers();
  void find_openers();
  void add_opener(int pid, unsigned connections);
  void find_lock_waiters();

  const FileUse& m_use;
  std::size_t m_first;
  DatabaseUse m_result;
};

// By a connection in WAL mode. Such a one holds a shared lock on the database file for as long as
// it lives, which says nothing about transactions.
bool Reading::is_connected(int pid) const {
  return std::any_of(m_use.locks.begin(), m_use.locks.end(), [&](const FileUse::Lock& lock) {
    return lock.file == m_first + wal_index && lock.lock.pid == pid &&
           lock.lock.covers(k_dead_man_switch);
  });
}

// Without a WAL, or where a program wants the file for itself.
void Reading::read_main(const KernelLock& lock) {
  if (lock.is_write && lock.covers(k_shared_byte)) {
    add(DatabaseLockKind::exclusive, "whole file", lock);
  } else if (lock.is_write && (lock.covers(k_reserved_byte) || lock.covers(k_pending_byte))) {
    add(DatabaseLockKind::write, lock.covers(k_pending_byte) ? "commit" : "write transaction",
        lock);
  } else if (!lock.is_write && lock.covers(k_shared_byte) && !is_connected(lock.pid)) {
    add(DatabaseLockKind::read, "read transaction", lock);
  }
}

// The kernel joins neighbouring bytes of one process into one lock.
void Reading::read_wal_index(const KernelLock& lock) {
  if (lock.is_write && lock.covers(k_wal_write)) {
    add(DatabaseLockKind::write, "write transaction", lock);
  }
  if (lock.is_write && lock.covers(k_wal_checkpoint)) {
    add(DatabaseLockKind::exclusive, "checkpoint", lock);
  }
  if (lock.is_write && lock.covers(k_wal_recover)) {
    add(DatabaseLockKind::exclusive, "recovery of the WAL", lock);
  }
  for (std::uint64_t mark = 0; !lock.is_write && mark < k_read_marks; ++mark) {
    if (lock.covers(k_wal_read + mark)) {
      add(DatabaseLockKind::read, "read transaction", lock, static_cast<int>(mark));
    }
  }
}

// A writer always reads, too. A second read mark is another connection of the same process.
void Reading::drop_reads_of_writers() {
  auto& locks = m_result.locks;
  const auto count = [&](int pid, DatabaseLockKind kind) {
    return std::count_if(locks.begin(), locks.end(), [&](const DatabaseLock& lock) {
      return lock.pid == pid && lock.kind == kind && !lock.is_waiting;
    });
  };
  std::vector<int> writers;
  for (const DatabaseLock& lock : locks) {
    if (lock.kind == DatabaseLockKind::write && count(lock.pid, DatabaseLockKind::read) == 1) {
      writers.push_back(lock.pid);
    }
  }
  locks.erase(std::remove_if(locks.begin(), locks.end(),
                             [&](const DatabaseLock& lock) {
                               return lock.kind == DatabaseLockKind::read &&
                                      std::find(writers.begin(), writers.end(), lock.pid) !=
                                          writers.end();
                             }),
              locks.end());
}

void Reading::add_opener(int pid, unsigned connections) {
  const auto known =
      std::find_if(m_result.openers.begin(), m_result.openers.end(),
                   [&](const DatabaseUse::Opener& opener) { return opener.pid == pid; });
  if (known == m_result.openers.end() && pid != 0) {
    m_result.openers.push_back({pid, connections});
  }
}

void Reading::find_openers() {
  for (const FileUse::Opener& opener : m_use.openers) {
    if (opener.file == m_first + main_file) {
      add_opener(opener.pid, opener.descriptors);
    }
  }
  for (const FileUse::Lock& lock : m_use.locks) {
    if (lock.file == m_first + main_file || lock.file == m_first + wal_index) {
      add_opener(lock.lock.pid, 0);
    }
  }
}

// menacedb's processes ask for their lock again and again instead of sleeping in the kernel; who
// has the lock file open without the lock is waiting for it.
void Reading::find_lock_waiters() {
  for (const FileUse::Opener& opener : m_use.openers) {
    const bool has_lock =
        std::any_of(m_use.locks.begin(), m_use.locks.end(), [&](const FileUse::Lock& lock) {
          return lock.file == opener.file && lock.lock.pid == opener.pid;
        });
    if (opener.file == m_first + writer_lock && !has_lock) {
      m_result.locks.push_back({DatabaseLockKind::menacedb, "writer lock", opener.pid, true, -1});
    }
  }
}

DatabaseUse Reading::read(const std::string& path) {
  m_result.path = path;
  for (const FileUse::Lock& lock : m_use.locks) {
    if (lock.file == m_first + main_file) {
      read_main(lock.lock);
    } else if (lock.file == m_first + wal_index) {
      read_wal_index(lock.lock);
    } else if (lock.file == m_first + writer_lock) {
      add(DatabaseLockKind::menacedb, "writer lock", lock.lock);
    }
  }
  drop_reads_of_writers();
  find_lock_waiters();
  find_openers();
  std::stable_sort(m_result.locks.begin(), m_result.locks.end(),
                   [](const DatabaseLock& a, const DatabaseLock& b) {
                     return std::tuple(a.is_waiting, a.kind, a.pid) <
                            std::tuple(b.is_waiting, b.kind, b.pid);
                   });
  return std::move(m_result);
}

std::vector<std::string> files_of(std::span<const std::string> paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    for (std::string& file : files_of(path)) {
      files.push_back(std::move(file));
    }
  }
  return files;
}

DatabaseUses read_uses(std::span<const std::string> paths, const FileUse& use) {
  DatabaseUses uses;
  uses.unseen_processes = use.unseen_processes;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    uses.databases.push_back(Reading(use, i * files_per_database).read(paths[i]));
  }
  return uses;
}

bool keeps_others_from_writing(const DatabaseLock& lock) {
  return lock.kind != DatabaseLockKind::read && !lock.is_waiting;
}

} // namespace

std::string_view lock_kind_word(DatabaseLockKind kind) noexcept {
  switch (kind) {
  case DatabaseLockKind::exclusive:
    return "exclusive";
  case DatabaseLockKind::write:
    return "write";
  case DatabaseLockKind::menacedb:
    return "menacedb";
  case DatabaseLockKind::read:
    return "read";
  }
  return "read";
}

DatabaseUses find_database_use(std::span<const std::string> paths) {
  return read_uses(paths, find_file_use(files_of(paths)));
}

DatabaseUses find_connected(std::span<const std::string> real_paths) {
  const bool is_used = std::any_of(real_paths.begin(), real_paths.end(), [](const auto& path) {
    return is_locked_by_others(path, k_pending_byte, k_last_shared_byte);
  });
  return read_uses(real_paths, is_used ? find_file_holders(files_of(real_paths)) : FileUse());
}

std::string describe_process(int pid) {
  if (pid == 0) {
    return "a process that the kernel does not name";
  }
  return fmt::format("pid {}, '{}'", pid, process_command(pid).value_or("?"));
}

std::string describe_lock_holders(const std::string& path) {
  const DatabaseUse use = std::move(find_database_use(std::span(&path, 1)).databases.front());
  std::vector<int> told;
  std::string text;
  const auto tell = [&](const DatabaseLock& lock) {
    if (std::find(told.begin(), told.end(), lock.pid) == told.end()) {
      text += (text.empty() ? "" : "; ") + describe_process(lock.pid);
      told.push_back(lock.pid);
    }
  };
  for (const DatabaseLock& lock : use.locks) {
    if (keeps_others_from_writing(lock)) {
      tell(lock);
    }
  }
  return text;
}

} // namespace menacedb
