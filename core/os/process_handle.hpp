#pragma once

#include "core/base/time.hpp"
#include "core/os/fd.hpp"

#include <optional>

namespace menacedb {

// A process that cannot become another one: once it is held, its pid means this process alone, even
// after it has died and the pid was given away.
class ProcessHandle {
public:
  // None when there is no such process.
  [[nodiscard]] static std::optional<ProcessHandle> open(int pid);

  [[nodiscard]] int pid() const noexcept { return m_pid; }
  // False when it is gone. Throws denied when it is another user's.
  bool signal(int number) const;
  // Whether it ended within `patience`; signals do not cut the wait short.
  [[nodiscard]] bool wait_for_end(Duration patience) const;

private:
  ProcessHandle(int pid, Fd file) : m_pid(pid), m_file(std::move(file)) {}
  int m_pid;
  Fd m_file; // pidfd
};

} // namespace menacedb
