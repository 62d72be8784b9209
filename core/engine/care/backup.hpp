#pragma once

#include "core/db/database.hpp"
#include "core/engine/care/backup_catalog.hpp"
#include "core/engine/care/backup_manifest.hpp"
#include "core/engine/context.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Told while something large is read or written: what is done ("copy", "verify", "compress", …) and
// how far it is. `total` 0: not known.
using CareProgress = std::function<void(std::string_view what, Bytes done, Bytes total)>;

struct BackupOptions {
  std::string reason = "manual";
  std::string directory; // empty: the default one, which is pruned afterwards
  bool is_compressed = false;
  bool verifies = true; // opens the copy and checks it before it counts
  bool is_dry_run = false;
  CareProgress on_progress;
};

struct MadeBackup {
  std::string path;
  BackupManifest manifest; // of a dry run: bytes are an estimate, and there is no hash
  Duration copied_in{};    // the copy alone, synced
  std::vector<StoredBackup> pruned;
};

// Copies a database as it is at one moment, however busily others write, and keeps the copy with
// its manifest. Until it is complete, checked and synced it has another name; whatever ends us
// before leaves nothing that looks like a backup. Backups made in the same second get different
// names. The source stays as it is. Errors: bad_input when it is no database, io "disk-full" (with
// numbers) before anything is written, io "database-corrupt" when the copy is damaged.
[[nodiscard]] MadeBackup back_up(const Context& context, const std::string& database,
                                 const BackupOptions& options);

// Opens a database that may be somebody else's, to read it: nothing is changed but that -wal and
// -shm may appear; on read-only media not even they.
[[nodiscard]] Database open_untouched(const Context& context, const std::string& path);
// Throws bad_input unless the path is a file that may be a database; "not-found" when it is absent.
[[nodiscard]] FileStat require_file(Fs& fs, const std::string& path);
// Throws io "disk-full" when fewer bytes than needed are free where the directory is or would be.
void require_space(Fs& fs, const std::string& directory, Bytes needed, std::string_view action);

} // namespace menacedb
