#include "core/db/writer_lock.hpp"

#include "core/db/database.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

// "pid 4711, 'menacedb sync', for 3.2 s" becomes "pid 4711, 'menacedb sync', holds it for 3.2 s".
std::string holder_phrase(Fs& fs, Clock& clock, const std::string& path) {
  std::string holder = describe_holder(fs, clock, path).value_or("another process");
  const std::size_t age = holder.rfind(" for ");
  if (age == std::string::npos) {
    return holder + " holds it";
  }
  return holder.insert(age, " holds it");
}

FileLock acquire(Fs& fs, Clock& clock, const std::string& database_path, Duration patience,
                 const StopFlag& stop) {
  const std::string path = WriterLock::lock_path(database_path);
  const Duration started = clock.monotonic();
  try {
    return FileLock::acquire(fs, clock, path, patience, stop);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::busy) {
      throw;
    }
    const auto waited = std::chrono::duration<double>(clock.monotonic() - started).count();
    throw Error(ErrorKind::busy, "writer-locked",
                fmt::format("cannot lock '{}' for writing: {} (waited {:.1f} s)", database_path,
                            holder_phrase(fs, clock, path), waited))
        .with_hint("menacedb status");
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
