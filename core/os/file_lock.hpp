#pragma once

#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/os/stop.hpp"

#include <string>

namespace menacedb {

// An flock on a lock file, held from construction to destruction and by the kernel's hand released
// when the process dies. The path is re-checked after locking, so that a lock file deleted by
// somebody does not leave two holders of different inodes unnoticed for long; correctness never
// rests on it (invariant 3). The holder writes `pid command since` into the file for error
// messages.
class FileLock {
public:
  // Waits until `patience` has passed (zero: one try), then throws busy, code "lock-timeout", and
  // names the holder: "... is locked by pid 4711, 'menacedb worker', for 3.2 s (waited 10.0 s)".
  static FileLock acquire(Fs& fs, Clock& clock, const std::string& path, Duration patience,
                          const StopFlag& stop);
  // None when it is held by another.
  static std::optional<FileLock> try_acquire(Fs& fs, Clock& clock, const std::string& path);

  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;

private:
  explicit FileLock(Fd file) : m_file(std::move(file)) {}
  Fd m_file;
};

// Who holds the lock by the file's own words, checked against the kernel: "pid 4711, 'menacedb
// worker', for 3.2 s"; none when nobody does.
[[nodiscard]] std::optional<std::string> describe_holder(Fs& fs, Clock& clock,
                                                         const std::string& path);

} // namespace menacedb
