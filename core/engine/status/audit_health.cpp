#include "core/engine/status/audit_health.hpp"

#include "core/os/permission.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

std::string unwritable(const std::string& path, std::string_view reason) {
  return fmt::format("cannot write the audit log '{}': {}", path, reason);
}

} // namespace

std::optional<std::string> why_audit_fails(Fs& fs, const Settings& settings) {
  const std::string& path = settings.text("audit.path");
  if (path.empty()) {
    return std::nullopt;
  }
  if (const auto named = fs.stat(path)) {
    if (named->type == FileType::symlink) {
      return unwritable(path, "it is a symbolic link, and none is followed here");
    }
    if (named->type != FileType::regular) {
      return unwritable(path, "it is not a regular file");
    }
    return may_write(path) ? std::nullopt : std::optional(unwritable(path, "permission denied"));
  }
  std::string folder = parent_directory(path);
  while (!fs.stat(folder) && folder != parent_directory(folder)) {
    folder = parent_directory(folder); // it is created with the first line
  }
  if (fs.stat(folder + "/.") && may_write(folder)) {
    return std::nullopt;
  }
  return unwritable(path, fmt::format("nothing can be created in '{}'", folder));
}

} // namespace menacedb
