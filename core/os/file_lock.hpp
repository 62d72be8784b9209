#pragma once

#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/os/stop.hpp"

#include <optional>
#include <string>

namespace menacedb {

// An flock on a lock file, held from construction to destruction and by the kernel's hand released
// when the process dies. The path is re-checked after locking, so that a lock file deleted by
// somebody does not leave two holders of different inodes unnoticed for long; correctness never
// rests on it (invariant 3). The holder writes `pid since command` into the file for error
// messages; the lock holds all the same when that fails. A symlink is never followed.
class FileLock {
public:
  // Waits until `patience` has passed (zero: one try), then throws busy, code "lock-timeout", and
  // names the holder: "cannot lock 'x.lock': pid 4711, 'menacedb worker', holds it for 3.2 s
  // (waited 10.0 s)". A stop ends the wait with busy, code "interrupted".
  static FileLock acquire(Fs& fs, Clock& clock, const std::string& path, Duration patience,
                          const StopFlag& stop);
  // None when it is held by another.
  [[nodiscard]] static std::optional<FileLock> try_acquire(Fs& fs, Clock& clock,
                                                           const std::string& path);

  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;

private:
  explicit FileLock(Fd file) : m_file(std::move(file)) {}
  Fd m_file;
};

// Who holds a lock. The pid is 0 when the file does not name a living process.
struct LockHolder {
  int pid = 0;
  std::string command; // printable
  Instant since;
};

// By the file's own words, checked against the kernel; none when nobody holds it. The check takes a
// shared lock for an instant, so another's single try may fail on it.
[[nodiscard]] std::optional<LockHolder> find_holder(Fs& fs, const std::string& path);

// What the file itself says, whether the lock is still held or not; takes no lock.
[[nodiscard]] std::optional<LockHolder> recorded_holder(Fs& fs, const std::string& path);

// find_holder() for people: "pid 4711, 'menacedb worker', for 3.2 s".
[[nodiscard]] std::optional<std::string> describe_holder(Fs& fs, Clock& clock,
                                                         const std::string& path);

} // namespace menacedb
