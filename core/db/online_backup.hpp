#pragma once

#include "core/base/units.hpp"
#include "core/db/database.hpp"
#include "core/os/fs.hpp"

#include <functional>
#include <string>

namespace menacedb {

struct OnlineBackupOptions {
  std::function<void(Bytes done, Bytes total)> on_progress; // every few MiB; empty: nobody listens
};

// Copies of a whole database by SQLite's online backup. `source` must be in a ReadTransaction: the
// copy is of that one moment, and commits of other programs, which would restart a backup without
// one, do not matter. A stop ends the copy with busy, code "interrupted", and nothing is changed.

// To a new file, which is complete in itself: not in WAL mode, whatever the source is. It is
// synced, its name is not. The file must exist, empty (its owner and mode are the caller's choice);
// after an error it is the caller's to delete. Returns its size.
Bytes back_up_to_file(Fs& fs, Database& source, const std::string& path, const StopFlag& stop,
                      const OnlineBackupOptions& options);

// Over the content of another database, in one transaction of it: other programs that have it open
// see either the old content or the new, and a crash leaves one of them. Waits for its lock by the
// busy handler of `target`. Error kind busy, code "page-size", when the target is in WAL mode and
// has pages of another size: such a file can only be replaced.
void back_up_into(Database& source, Database& target, const StopFlag& stop,
                  const OnlineBackupOptions& options);

} // namespace menacedb
