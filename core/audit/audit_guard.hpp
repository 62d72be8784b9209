#pragma once

#include "core/os/clock.hpp"
#include "core/os/fs.hpp"

#include <optional>
#include <string>

namespace menacedb {

// Excludes other processes from rotating a log and, where it is chained, from appending to it. An
// flock on the log's folder: it needs no file of its own, cannot be deleted, and the writers' locks
// on the log itself do not stand in its way. Held from construction to destruction, and released by
// the kernel when the process dies.
class AuditGuard {
public:
  // None when others held it for as long as `patience`. The folder must exist.
  [[nodiscard]] static std::optional<AuditGuard>
  acquire(Fs& fs, Clock& clock, const std::string& log_path, Duration patience);

private:
  explicit AuditGuard(Fd folder) : m_folder(std::move(folder)) {}
  Fd m_folder;
};

} // namespace menacedb
