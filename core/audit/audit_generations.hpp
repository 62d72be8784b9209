#pragma once

#include "core/os/fs.hpp"

#include <string>
#include <vector>

namespace menacedb {

// "audit.log.3".
[[nodiscard]] std::string generation_path(const std::string& path, unsigned generation);

// Moves the log to `<path>.1` and older generations up by one, and deletes what is older than
// `backups` generations, unless somebody may still write to it: such a file keeps a higher number
// until a later rotation finds it free. Nothing is ever renamed over something, so a crash between
// two steps leaves a gap in the numbers, which the next rotation fills. The caller holds the log's
// guard (AuditGuard), and renames nothing but the log that it looked at.
void rotate_generations(Fs& fs, const std::string& path, unsigned backups);

// The rotated logs beside a log, also those that somebody packed (`audit.log.3.gz`): paths, in no
// order.
[[nodiscard]] std::vector<std::string> list_generations(Fs& fs, const std::string& path);
// Deletes a rotated log unless somebody may still write to it; false when it stays. The caller
// holds the log's guard.
bool remove_generation(Fs& fs, const std::string& generation);

} // namespace menacedb
