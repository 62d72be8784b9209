#include "core/engine/file_systems.hpp"

#include "core/db/database.hpp"
#include "core/os/mounts.hpp"

#include <fmt/format.h>

namespace menacedb {

std::optional<std::string> file_system_warning(const std::string& path) {
  if (is_on_local_disk(path)) {
    return std::nullopt;
  }
  const std::optional<Mount> mount = find_mount(real_database_path(path));
  const auto reason = mount ? why_locks_fail(mount->type) : std::nullopt;
  if (!reason) {
    return std::nullopt;
  }
  return fmt::format("'{}' lies on {} (mounted at '{}'), which {}", path, mount->type, mount->point,
                     *reason);
}

} // namespace menacedb
