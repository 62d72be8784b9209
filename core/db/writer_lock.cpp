#include "core/db/writer_lock.hpp"

#include "core/db/database.hpp"
#include "core/db/database_use.hpp"
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

FileLock acquire(Fs& fs, Clock& clock, const std::string& database_path, Duration patience,
                 const StopFlag& stop) {
  const std::string path = WriterLock::lock_path(database_path);
  const Duration started = clock.monotonic();
  try {
    return FileLock::acquire(fs, clock, path, patience, stop);
  } catch (const Error& error) {
    if (error.code() != "lock-timeout") {
      throw;
    }
    throw Error(ErrorKind::busy, "writer-locked",
                fmt::format("cannot lock '{}' for writing: {} (waited {})", database_path,
                            holder_phrase(fs, clock, path),
                            seconds_text(clock.monotonic() - started)))
        .with_hint("menacedb locks");
  }
}

} // namespace

WriterLock::WriterLock(Fs& fs, Clock& clock, const std::string& database_path, Duration patience,
                       const StopFlag& stop)
    : m_lock(acquire(fs, clock, database_path, patience, stop)) {}

std::string WriterLock::lock_path(const std::string& database_path) {
  return real_database_path(database_path) + "-menacedb.lock";
}

} // namespace menacedb
