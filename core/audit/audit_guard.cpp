#include "core/audit/audit_guard.hpp"

#include "core/audit/audit_file.hpp"

namespace menacedb {

std::optional<AuditGuard> AuditGuard::acquire(Fs& fs, Clock& clock, const std::string& log_path,
                                              Duration patience) {
  // "/." lets a folder be a symlink, which a file must not be.
  Fd folder = fs.open(parent_directory(log_path) + "/.", {.mode = OpenMode::read});
  if (!wait_for_lock(fs, clock, folder, LockMode::exclusive, patience)) {
    return std::nullopt;
  }
  return AuditGuard(std::move(folder));
}

} // namespace menacedb
