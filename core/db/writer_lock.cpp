#include "core/db/writer_lock.hpp"

#include "core/db/database.hpp"
#include "core/db/database_use.hpp"
#include "core/db/kept_writer_lock.hpp"
#include "core/os/file_use.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace menacedb {
namespace {

std::string seconds_text(Duration duration) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
}

// Of a program that took the lock without leaving its name, such as flock(1).
std::string kernel_holder(const std::string& path) {
  for (const FileUse::Lock& found : find_file_use(std::span(&path, 1)).locks) {
    if (!found.lock.is_waiting && found.lock.pid > 0) {
      return describe_process(found.lock.pid) + ",";
    }
  }
  return "another process";
}

std::string holder_phrase(Fs& fs, Clock& clock, const std::string& path) {
  const auto holder = find_holder(fs, path);
  if (!holder || holder->pid == 0) {
    return fmt::format("{} holds it", kernel_holder(path));
  }
  const Duration age = std::max(clock.now() - holder->since, Duration::zero());
  return fmt::format("pid {}, '{}', holds it for {}", holder->pid, holder->command,
                     seconds_text(age));
}

// Says who holds the database's lock where `acquire` only knows the lock's file.
template <typename Acquire>
auto explained(Fs& fs, Clock& clock, const std::string& database_path, const Acquire& acquire) {
  const Duration started = clock.monotonic();
  try {
    return acquire();
  } catch (const Error& error) {
    if (error.code() != "lock-timeout") {
      throw;
    }
    throw Error(ErrorKind::busy, "writer-locked",
                fmt::format("cannot lock '{}' for writing: {} (waited {})", database_path,
                            holder_phrase(fs, clock, WriterLock::lock_path(database_path)),
                            seconds_text(clock.monotonic() - started)))
        .with_hint("menacedb locks");
  }
}

} // namespace

WriterLock::WriterLock(Fs& fs, Clock& clock, const std::string& database_path, Duration patience,
                       const StopFlag& stop)
    : m_lock(explained(fs, clock, database_path, [&] {
        return FileLock::acquire(fs, clock, lock_path(database_path), patience, stop);
      })) {}

KeptWriterLock::Turn KeptWriterLock::take(Duration patience) {
  if (!m_lock) {
    m_lock.emplace(WriterLock::lock_path(m_database_path));
  }
  explained(m_fs, m_clock, m_database_path,
            [&] { m_lock->acquire(m_fs, m_clock, patience, m_stop); });
  return Turn(*this);
}

std::string WriterLock::lock_path(const std::string& database_path) {
  return real_database_path(database_path) + "-menacedb.lock";
}

} // namespace menacedb
