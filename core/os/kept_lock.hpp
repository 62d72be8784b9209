#pragma once

#include "core/os/fd.hpp"
#include "core/os/file_lock.hpp"

#include <string>

namespace menacedb {

// As FileLock, for who takes the same lock thousands of times a second: the file stays open in
// between, and only every few milliseconds is it looked at whether it still has its name and tells
// since when we hold it. Not thread-safe.
class KeptLock {
public:
  explicit KeptLock(std::string path) : m_path(std::move(path)) {}

  // FileLock::acquire(); it must not be held by this object already. Who holds it for long turns
  // waits for it in shorter steps, since others are likely to hold it as long.
  void acquire(Fs& fs, Clock& clock, Duration patience, const StopFlag& stop);
  void release(Fs& fs, Clock& clock) noexcept;
  [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
  [[nodiscard]] bool take_again(Fs& fs, Clock& clock);

  std::string m_path;
  Fd m_file;
  std::string m_words;     // that we wrote into it
  Duration m_checked_at{}; // monotonic, as the next
  Duration m_taken_at{};
  Duration m_turn{}; // the length of the last
};

} // namespace menacedb
