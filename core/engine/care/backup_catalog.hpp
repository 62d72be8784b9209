#pragma once

#include "core/engine/care/backup_manifest.hpp"
#include "core/engine/care/backup_names.hpp"
#include "core/engine/context.hpp"
#include "core/policy/hooks.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

enum class BackupState {
  ok,           // there, as long as its manifest says (an old manifest: all its files are there)
  unmanifested, // there, without a manifest
  mismatch,     // another size than its manifest says, or a manifest that cannot be read
  missing,      // a manifest without its file
};
[[nodiscard]] std::string_view backup_state_word(BackupState state) noexcept;

// A backup as it lies in its folder.
struct StoredBackup {
  std::string path;
  Instant created_at; // by the manifest, else by the name
  std::string reason;
  BackupState state = BackupState::ok;
  Bytes bytes = 0; // on disk, without the manifest
  bool is_compressed = false;
  std::optional<BackupManifest> manifest;
};

// All backups of a database in a folder, and in folders in it as the old tool made them, newest
// first. Looks at names, sizes and manifests; the content is not read.
[[nodiscard]] std::vector<StoredBackup> list_backups(Fs& fs, const std::string& database,
                                                     const std::string& directory);
// What is known about one file, whatever it is called.
[[nodiscard]] StoredBackup examine_backup(Fs& fs, const std::string& path);
// Deletes the backup with all that belongs to it. Returns the bytes that were freed.
Bytes delete_backup(Fs& fs, const StoredBackup& backup);

// Deletes the oldest backups of each class beyond what [retention] backups keeps, in the default
// folder only, never the newest sound one. With `is_dry_run` only says which. The `retain` hook is
// asked about each, when there are hooks: one that it keeps or lets go takes no place of its class.
[[nodiscard]] std::vector<StoredBackup> prune_backups(const Context& context,
                                                      const std::string& database, bool is_dry_run,
                                                      Hooks* hooks = nullptr);

} // namespace menacedb
