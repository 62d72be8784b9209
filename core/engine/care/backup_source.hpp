#pragma once

#include "core/engine/care/backup.hpp"
#include "core/engine/care/partial_file.hpp"

#include <memory>
#include <string>
#include <vector>

namespace menacedb {

struct BackupSourceOptions {
  std::string directory;  // where the content is put together; there must be room for it
  std::string name;       // of the database, for the name of the partial file
  bool is_forced = false; // accept a missing manifest, and one that disagrees
  CareProgress on_progress;
};

// The content of a backup, checked and put together in a file of its own that is complete without a
// WAL: unpacked, with the -wal of the old tool carried over. The backup is read once and not
// touched.
class BackupSource {
public:
  // Throws bad_input: "not-found"; "no-manifest" and "backup-mismatch", which force overrides;
  // "backup-damaged" when the content is no sound database.
  BackupSource(const Context& context, const StoredBackup& backup, BackupSourceOptions options);

  [[nodiscard]] PartialFile& file() noexcept { return *m_file; }
  // What force overrode, for people.
  [[nodiscard]] const std::vector<std::string>& doubts() const noexcept { return m_doubts; }

private:
  void check_manifest(const StoredBackup& backup);
  void fetch(const StoredBackup& backup);
  void fetch_packed(const StoredBackup& backup);
  void fetch_wal(const StoredBackup& backup);
  void compare(const std::string& found, const std::string& expected, const StoredBackup& backup);
  void settle_journal();
  void check_content(const StoredBackup& backup);
  void doubt(std::string_view code, const std::string& reason, const StoredBackup& backup);

  Context m_context;
  BackupSourceOptions m_options;
  std::unique_ptr<PartialFile> m_file;
  bool m_is_proven = false; // its hash is that of a copy that was checked when it was made
  std::vector<std::string> m_doubts;
};

} // namespace menacedb
