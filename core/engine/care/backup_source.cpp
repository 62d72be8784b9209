#include "core/engine/care/backup_source.hpp"

#include "core/base/error.hpp"
#include "core/engine/care/database_check.hpp"
#include "core/engine/care/file_hash.hpp"
#include "core/engine/care/packed_file.hpp"

#include <fmt/format.h>

#include <utility>

namespace menacedb {
namespace {

Error refusal(std::string_view code, const StoredBackup& backup, std::string_view reason) {
  return {ErrorKind::bad_input, code, fmt::format("cannot restore '{}': {}", backup.path, reason)};
}

Bytes content_size(Fs& fs, const StoredBackup& backup) {
  if (backup.manifest && backup.manifest->content) {
    return backup.manifest->content->bytes;
  }
  const auto file = fs.stat(backup.path);
  return file ? file->size * (backup.is_compressed ? 4 : 1) : 0;
}

} // namespace

BackupSource::BackupSource(const Context& context, const StoredBackup& backup,
                           BackupSourceOptions options)
    : m_context(context), m_options(std::move(options)) {
  check_manifest(backup);
  const FileStat file = require_file(context.fs, backup.path);
  require_space(context.fs, m_options.directory, content_size(context.fs, backup),
                fmt::format("restore '{}'", backup.path));
  m_file = std::make_unique<PartialFile>(context.fs, m_options.directory, m_options.name, file);
  fetch(backup);
  settle_journal();
  check_content(backup);
}

void BackupSource::doubt(std::string_view code, const std::string& reason,
                         const StoredBackup& backup) {
  if (!m_options.is_forced) {
    throw refusal(code, backup, reason).with_hint("--force restores it all the same");
  }
  m_doubts.push_back(reason);
}

void BackupSource::check_manifest(const StoredBackup& backup) {
  switch (backup.state) {
  case BackupState::ok:
    return;
  case BackupState::missing:
    throw refusal("not-found", backup, "there is no such file");
  case BackupState::unmanifested:
    doubt("no-manifest", "it has no manifest", backup);
    return;
  case BackupState::mismatch:
    doubt("backup-mismatch",
          backup.manifest ? "its files are not those that its manifest names"
                          : "its manifest cannot be read",
          backup);
    return;
  }
}

void BackupSource::compare(const std::string& found, const std::string& expected,
                           const StoredBackup& backup) {
  if (expected.empty()) {
    return;
  }
  if (found != expected) {
    doubt("backup-mismatch", "its content has another SHA-256 than its manifest says", backup);
  } else {
    m_is_proven = backup.manifest->is_verified;
  }
}

void BackupSource::fetch(const StoredBackup& backup) {
  if (backup.is_compressed) {
    fetch_packed(backup);
    return;
  }
  Bytes done = 0;
  const FileHash hash =
      hash_file(m_context.fs, backup.path, m_context.stop, [&](std::string_view piece) {
        m_context.fs.write_all(m_file->file(), piece);
        done += piece.size();
        if (m_options.on_progress) {
          m_options.on_progress("read", done, backup.bytes);
        }
      });
  compare(hash.sha256, backup.manifest ? backup.manifest->sha256 : "", backup);
  fetch_wal(backup);
}

void BackupSource::fetch_packed(const StoredBackup& backup) {
  PackedVisitors visitors;
  visitors.on_content = [this](std::string_view piece) {
    m_context.fs.write_all(m_file->file(), piece);
  };
  visitors.on_read = [this, &backup](Bytes done) {
    if (m_options.on_progress) {
      m_options.on_progress("unpack", done, backup.bytes);
    }
  };
  const PackedHash hash = hash_packed_file(m_context.fs, backup.path, m_context.stop, visitors);
  if (!hash.is_complete) {
    throw refusal("backup-damaged", backup, "it is cut off");
  }
  if (backup.manifest) {
    compare(hash.stored.sha256, backup.manifest->sha256, backup);
    compare(hash.content.sha256, backup.manifest->content ? backup.manifest->content->sha256 : "",
            backup);
  }
}

// As the old tool copied them: what was committed last may be in the -wal alone.
void BackupSource::fetch_wal(const StoredBackup& backup) {
  if (!m_context.fs.stat(backup.path + "-wal")) {
    return;
  }
  const Fd wal = m_context.fs.open(m_file->path() + "-wal",
                                   {.mode = OpenMode::append, .create = true, .exclusive = true});
  static_cast<void>(hash_file(m_context.fs, backup.path + "-wal", m_context.stop,
                              [&](std::string_view piece) { m_context.fs.write_all(wal, piece); }));
  m_is_proven = false;
}

void BackupSource::settle_journal() {
  try {
    Database database(m_file->path(), {.keeps_journal_mode = true}, m_context.clock,
                      m_context.stop);
    database.execute("PRAGMA journal_mode = DELETE", "prepare");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      throw;
    }
    throw Error(ErrorKind::bad_input, "backup-damaged", error.message());
  }
}

void BackupSource::check_content(const StoredBackup& backup) {
  std::optional<std::string> damage;
  try {
    Database database(m_file->path(), {.read_only = true}, m_context.clock, m_context.stop);
    damage = find_damage(database, m_is_proven ? CheckDepth::quick : CheckDepth::thorough,
                         m_context.stop, [this](Bytes read) {
                           if (m_options.on_progress) {
                             m_options.on_progress("check", read, 0);
                           }
                         });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      throw;
    }
    damage = error.message();
  }
  if (damage) {
    throw refusal("backup-damaged", backup, fmt::format("it is damaged: {}", *damage));
  }
}

} // namespace menacedb
