#pragma once

#include "core/base/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace menacedb {

// The names of backups: `<stem>_<YYYYMMDD_HHMMSS>_<reason>.db`, `.db.zst` when compressed. The stem
// is the database's file name without its extension; times are UTC.

// The folder of a database's backups unless another is named: `backups` beside it.
[[nodiscard]] std::string backup_directory(const std::string& database);
[[nodiscard]] std::string backup_stem(const std::string& database);
// What of a reason may be part of a file name: other signs than letters, digits, '.', '_' and '-'
// become '_', and it is cut to 64. Never empty.
[[nodiscard]] std::string safe_reason(std::string_view reason);
// Without extension: "global_20260102_030405_manual".
[[nodiscard]] std::string backup_base_name(const std::string& database, Instant when,
                                           std::string_view reason);

struct BackupName {
  Instant when;
  std::string reason; // with the `_2` that made the name unique, when there is one
  bool is_compressed = false;
};
// None when it is no name of a backup of this database (manifests, -wal and -shm are not).
[[nodiscard]] std::optional<BackupName> parse_backup_name(const std::string& database,
                                                          std::string_view file_name);

// How many copies are kept per class, in the order of the setting.
using BackupClasses = std::vector<std::pair<std::string, std::uint64_t>>;
inline constexpr std::string_view k_default_backup_class = "default";
// "startup=7,manual=20" as [retention] backups holds it.
[[nodiscard]] BackupClasses parse_backup_classes(std::string_view setting);
// The first of the classes' words that the reason contains; else `default`.
[[nodiscard]] std::string_view backup_class(const BackupClasses& classes, std::string_view reason);

} // namespace menacedb
