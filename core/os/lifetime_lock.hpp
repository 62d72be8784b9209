#pragma once

#include "core/os/fs.hpp"

#include <optional>
#include <string>

namespace menacedb {

// Says that this process lives and does its one job: held from construction to destruction, and
// given back by the kernel when the process dies. Who holds it is known from the kernel alone, so
// neither an old file nor a pid that was given to another process since can mislead. The process
// must not open the file in any other way, not even to look: closing it would give the lock back.
class LifetimeLock {
public:
  // None when another process holds it. Creates the file; its folder must be there.
  [[nodiscard]] static std::optional<LifetimeLock> try_acquire(Fs& fs, const std::string& path);

  LifetimeLock(LifetimeLock&&) noexcept = default;
  LifetimeLock& operator=(LifetimeLock&&) noexcept = default;

private:
  explicit LifetimeLock(Fd file) : m_file(std::move(file)) {}
  Fd m_file;
};

// The pid of the other process that holds the lock, 0 when it is of another pid namespace; none
// when nobody does. Three system calls; changes nothing.
[[nodiscard]] std::optional<int> lifetime_lock_holder(Fs& fs, const std::string& path);

} // namespace menacedb
