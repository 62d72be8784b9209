#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace menacedb {

// One line of the kernel's lock table: /proc/locks, or a `lock:` line of /proc/PID/fdinfo/FD.
struct KernelLock {
  enum class Type { posix, open_file, flock }; // fcntl, fcntl of an open file, flock
  static constexpr std::uint64_t k_to_the_end = std::numeric_limits<std::uint64_t>::max();

  Type type = Type::posix;
  bool is_write = false;
  bool is_waiting = false; // it sleeps until the lock before it is free
  int pid = 0;             // 0: the kernel does not say (locks of open files, foreign namespaces)
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::uint64_t inode = 0;
  std::uint64_t first = 0; // bytes of the file, both included
  std::uint64_t last = 0;

  [[nodiscard]] bool covers(std::uint64_t byte) const noexcept {
    return first <= byte && byte <= last;
  }
  [[nodiscard]] bool is_same_file(const KernelLock& other) const noexcept {
    return inode == other.inode && device_major == other.device_major &&
           device_minor == other.device_minor;
  }
  friend bool operator==(const KernelLock&, const KernelLock&) = default;
};

// "7: -> POSIX  ADVISORY  WRITE 4711 fe:00:1097 1073741826 1073742335". None for leases, and for
// what is no such line.
[[nodiscard]] std::optional<KernelLock> parse_lock_line(std::string_view line);
[[nodiscard]] std::vector<KernelLock> parse_lock_table(std::string_view text);

} // namespace menacedb
