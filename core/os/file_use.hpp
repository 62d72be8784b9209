#pragma once

#include "core/os/fs.hpp"
#include "core/os/lock_table.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace menacedb {

// Who has some files open and who holds or waits for their locks, as far as /proc tells.
struct FileUse {
  struct Lock {
    std::size_t file = 0; // index of the path
    KernelLock lock;      // its pid is that of the holder; 0 when nobody can say
  };
  struct Opener {
    int pid = 0;
    std::size_t file = 0;
    unsigned descriptors = 0; // how often it has the file open
  };
  std::vector<Lock> locks;
  std::vector<Opener> openers;
  // Processes of other users, into whose descriptors we may not look: their locks are known from
  // the kernel's table, which tells nothing about those who only have the file open.
  std::uint64_t unseen_processes = 0;
};

// Looks for `paths` (real paths; absent files are fine). Opens none of them: an open and close
// would drop the locks our own process holds on them. Our own process is left out.
//
// The kernel names files by its own device numbers, which stat() does not always give (overlay,
// btrfs); a descriptor of the file tells them. A lock of an open file, and one taken in another pid
// namespace, has no pid in the table; the holder's descriptors tell it.
[[nodiscard]] FileUse find_file_use(std::span<const std::string> paths);
// Without those who wait for a lock. It does not need the kernel's table, unless there are
// processes into which we may not look: to read that table takes milliseconds, and all who lock
// something pay for it.
[[nodiscard]] FileUse find_file_holders(std::span<const std::string> paths);
// Whether another process has a lock (not of an open file) that keeps somebody from writing to some
// of the bytes from `first` to `last`. Costs three system calls. It opens the file: not while our
// own process has locks on it.
[[nodiscard]] bool is_locked_by_others(const std::string& path, std::uint64_t first,
                                       std::uint64_t last);
// Whether a lock of `mode` on these bytes would have to wait for another process. One system call.
[[nodiscard]] bool would_wait_for_lock(const Fd& file, LockMode mode, std::uint64_t first,
                                       std::uint64_t last);

} // namespace menacedb
