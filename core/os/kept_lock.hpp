#pragma once

#include "core/os/fd.hpp"
#include "core/os/file_lock.hpp"

#include <string>

namespace menacedb {

// As FileLock, for who takes the same lock thousands of times a second: the file stays open in
// between, and whether it still has its name is looked at each time.
class KeptLock {
public:
  explicit KeptLock(std::string path) : m_path(std::move(path)) {}

  // FileLock::acquire(); it must not be held by this object already.
  void acquire(Fs& fs, Clock& clock, Duration patience, const StopFlag& stop);
  void release(Fs& fs) noexcept;
  [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
  std::string m_path;
  Fd m_file;
};

} // namespace menacedb
