#pragma once

#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/model/spool_position.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// What stands beside a backup as `<file>.manifest`: JSON, or the `#` lines of the old tool, which
// know no hash. Names of files are without their folder.
struct BackupManifest {
  bool is_old = false;            // of the old tool
  std::vector<std::string> files; // the backup; of the old tool perhaps its -wal and -shm, too
  std::string source;             // the database, as it was named
  std::string reason;             // as it was given
  std::optional<Instant> created_at;
  bool is_verified = false; // opened and checked when it was made
  Bytes bytes = 0;          // of the stored file
  std::string sha256;       // of the stored file; empty in an old manifest
  struct Content {          // of a compressed backup: what is in it
    Bytes bytes = 0;
    std::string sha256;
  };
  std::optional<Content> content;
  std::string sqlite_version;
  // As the backup's own ledger says; without the digests, which a manifest does not hold.
  std::vector<SpoolPosition> ledger;
};

[[nodiscard]] std::string manifest_path(const std::string& backup_path);
[[nodiscard]] std::string encode_manifest(const BackupManifest& manifest);
// None when the text is neither kind of manifest.
[[nodiscard]] std::optional<BackupManifest> decode_manifest(std::string_view text);

} // namespace menacedb
