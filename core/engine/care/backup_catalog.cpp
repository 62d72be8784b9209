#include "core/engine/care/backup_catalog.hpp"

#include "core/base/error.hpp"
#include "core/engine/retention.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace menacedb {
namespace {

constexpr Bytes k_largest_manifest = 16u << 20;
constexpr std::string_view k_manifest_extension = ".manifest";
constexpr std::array<std::string_view, 2> k_companions = {"-wal", "-shm"};

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::optional<BackupManifest> read_manifest(Fs& fs, const std::string& path) {
  try {
    return decode_manifest(read_file(fs, path, k_largest_manifest));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::bad_input || error.kind() == ErrorKind::denied) {
      return std::nullopt; // a folder, a link, a huge file: no manifest
    }
    throw;
  }
}

BackupState state_of(Fs& fs, const StoredBackup& backup, const FileStat& file) {
  if (!backup.manifest) {
    return fs.stat(manifest_path(backup.path)) ? BackupState::mismatch : BackupState::unmanifested;
  }
  const BackupManifest& manifest = *backup.manifest;
  if (!manifest.is_old) {
    return manifest.bytes == file.size ? BackupState::ok : BackupState::mismatch;
  }
  const bool is_whole = std::ranges::all_of(manifest.files, [&](const std::string& name) {
    return name.ends_with("-shm") || // says nothing that cannot be made again
           fs.stat(join_path(parent_directory(backup.path), name)).has_value();
  });
  return is_whole ? BackupState::ok : BackupState::mismatch;
}

class Listing {
public:
  Listing(Fs& fs, const std::string& database) : m_fs(fs), m_database(database) {}

  void read(const std::string& directory, bool with_folders) {
    for (const DirEntry& entry : m_fs.list(directory)) {
      const std::string path = join_path(directory, entry.name);
      if (entry.type == FileType::directory && with_folders) {
        read(path, false);
      } else {
        add(path, entry.name);
      }
    }
  }
  [[nodiscard]] std::vector<StoredBackup> take() {
    std::vector<StoredBackup> backups;
    for (auto& [path, backup] : m_backups) {
      backups.push_back(std::move(backup));
    }
    std::stable_sort(backups.begin(), backups.end(), [](const auto& a, const auto& b) {
      return a.created_at != b.created_at ? a.created_at > b.created_at : a.path > b.path;
    });
    return backups;
  }

private:
  void add(const std::string& path, std::string_view name) {
    const bool is_manifest = name.ends_with(k_manifest_extension);
    if (is_manifest) {
      name.remove_suffix(k_manifest_extension.size());
    }
    const auto parsed = parse_backup_name(m_database, name);
    const std::string data =
        path.substr(0, path.size() - (is_manifest ? k_manifest_extension.size() : 0));
    if (!parsed || m_backups.contains(data)) {
      return;
    }
    StoredBackup backup = examine_backup(m_fs, data);
    if (!backup.manifest || !backup.manifest->created_at) {
      backup.created_at = parsed->when;
    }
    if (backup.reason.empty()) {
      backup.reason = parsed->reason;
    }
    // Two databases whose names differ only in their extension share a folder.
    const bool is_others = backup.manifest && !backup.manifest->source.empty() &&
                           file_name(backup.manifest->source) != file_name(m_database) &&
                           !backup.manifest->is_old;
    if (!is_others) {
      m_backups.emplace(data, std::move(backup));
    }
  }

  Fs& m_fs;
  const std::string& m_database;
  std::map<std::string, StoredBackup> m_backups;
};

std::optional<bool> ask_about(Hooks* hooks, const StoredBackup& backup, Instant now) {
  if (!asks_retain(hooks)) {
    return std::nullopt;
  }
  const RetainedItem item{backup.path, backup.created_at, backup.bytes, 0};
  return ask_retain(*hooks, "backup", item, now, [&](JsonWriter& json) {
    json.member("reason", std::string_view(backup.reason));
    json.member("state", backup_state_word(backup.state));
  });
}

} // namespace

std::string_view backup_state_word(BackupState state) noexcept {
  switch (state) {
  case BackupState::ok:
    return "ok";
  case BackupState::unmanifested:
    return "no manifest";
  case BackupState::mismatch:
    return "mismatch";
  case BackupState::missing:
    return "missing";
  }
  return {};
}

StoredBackup examine_backup(Fs& fs, const std::string& path) {
  StoredBackup backup;
  backup.path = path;
  backup.is_compressed = path.ends_with(".zst");
  if (fs.stat(manifest_path(path))) {
    backup.manifest = read_manifest(fs, manifest_path(path));
  }
  if (backup.manifest) {
    backup.reason = backup.manifest->reason;
    backup.created_at = backup.manifest->created_at.value_or(Instant());
  }
  const auto file = fs.stat(path);
  if (!file) {
    backup.state = BackupState::missing;
    return backup;
  }
  backup.created_at = backup.created_at == Instant() ? file->modified_at : backup.created_at;
  backup.bytes = file->size;
  for (const std::string_view companion : k_companions) {
    const auto beside = fs.stat(path + std::string(companion));
    backup.bytes += beside ? beside->size : 0;
  }
  backup.state = state_of(fs, backup, *file);
  return backup;
}

std::vector<StoredBackup> list_backups(Fs& fs, const std::string& database,
                                       const std::string& directory) {
  if (!fs.stat(directory)) {
    return {};
  }
  Listing listing(fs, database);
  listing.read(directory, true);
  return listing.take();
}

// The manifest last: what is left after a crash is still known for what it is.
Bytes delete_backup(Fs& fs, const StoredBackup& backup) {
  for (const std::string_view companion : k_companions) {
    static_cast<void>(fs.unlink(backup.path + std::string(companion)));
  }
  static_cast<void>(fs.unlink(backup.path));
  static_cast<void>(fs.unlink(manifest_path(backup.path)));
  return backup.bytes;
}

std::vector<StoredBackup> prune_backups(const Context& context, const std::string& database,
                                        bool is_dry_run, Hooks* hooks) {
  const BackupClasses classes = parse_backup_classes(context.settings.text("retention.backups"));
  std::map<std::string, std::uint64_t, std::less<>> room(classes.begin(), classes.end());
  const std::string directory = backup_directory(database);
  std::vector<StoredBackup> pruned;
  bool has_newest = false;
  for (StoredBackup& backup : list_backups(context.fs, database, directory)) {
    const bool is_sound = backup.state == BackupState::ok;
    const bool is_newest = is_sound && !has_newest;
    has_newest = has_newest || is_sound;
    if (const auto keeps = ask_about(hooks, backup, context.clock.now())) {
      if (!*keeps && !is_newest && parent_directory(backup.path) == directory) {
        pruned.push_back(std::move(backup));
      }
      continue;
    }
    const auto limit = room.find(backup_class(classes, backup.reason));
    const bool is_kept = limit == room.end() || limit->second > 0 || is_newest;
    if (limit != room.end() && limit->second > 0 && is_sound) {
      --limit->second; // a broken one takes no sound one's place
    }
    if (!is_kept && parent_directory(backup.path) == directory) {
      pruned.push_back(std::move(backup));
    }
  }
  for (const StoredBackup& backup : pruned) {
    if (!is_dry_run) {
      delete_backup(context.fs, backup);
    }
  }
  return pruned;
}

} // namespace menacedb
