#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// The mount a path lies on, as /proc/self/mountinfo tells.
struct Mount {
  std::string point;   // "/srv/data"
  std::string type;    // "nfs4"
  std::string options; // of the file system: "rw,lowerdir=…"
};

// The mount of a path that may not exist yet: the longest mount point in front of it, the latest
// one of equal ones. `absolute_path` has its links resolved. None when the kernel does not say.
[[nodiscard]] std::optional<Mount> find_mount(const std::string& absolute_path);
[[nodiscard]] std::optional<Mount> find_mount_in(std::string_view mountinfo,
                                                 std::string_view absolute_path);

// Whether the path, or the folder where it would be made, lies on one of the usual file systems of
// a disk or of memory; then find_mount() need not be asked. False when nobody knows.
[[nodiscard]] bool is_on_local_disk(const std::string& path);

// Why a file system cannot be trusted with SQLite's locks, as in "is on a network"; none for local
// ones, and for those that are not known.
[[nodiscard]] std::optional<std::string_view> why_locks_fail(std::string_view type) noexcept;

} // namespace menacedb
