#include "core/engine/care/verify_backups.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/engine/care/backup_catalog.hpp"
#include "core/engine/care/database_check.hpp"
#include "core/engine/care/packed_file.hpp"
#include "core/engine/database_options.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

// What is known about one backup after it was read.
struct Verdict {
  bool is_ok = true;
  bool is_warning = false;
  std::string detail;
};

Verdict bad(std::string detail) {
  return {false, false, std::move(detail)};
}

class BackupVerifier {
public:
  BackupVerifier(const Context& context, const VerifyRequest& request, const std::string& database,
                 VerifyReport& report)
      : m_context(context), m_request(request), m_database(database), m_report(report) {}

  void run();

private:
  void look_at(const StoredBackup& backup);
  [[nodiscard]] Verdict judge(const StoredBackup& backup);
  [[nodiscard]] Verdict judge_state(const StoredBackup& backup);
  [[nodiscard]] Verdict judge_plain(const StoredBackup& backup);
  [[nodiscard]] Verdict judge_packed(const StoredBackup& backup);
  [[nodiscard]] Verdict judge_content(const StoredBackup& backup);
  [[nodiscard]] bool is_gone(const StoredBackup& backup);
  void tell(const StoredBackup& backup, Bytes done) const {
    if (m_request.progress) {
      m_request.progress(backup.path, std::min(done, backup.bytes), backup.bytes);
    }
  }

  const Context& m_context;
  const VerifyRequest& m_request;
  const std::string& m_database;
  VerifyReport& m_report;
};

Verdict BackupVerifier::judge_state(const StoredBackup& backup) {
  switch (backup.state) {
  case BackupState::ok:
    return {};
  case BackupState::unmanifested:
    return bad("it has no manifest: nothing says what it should hold");
  case BackupState::missing:
    return bad("there is a manifest, but no backup");
  case BackupState::mismatch:
    return bad(!backup.manifest          ? "its manifest cannot be read"
               : backup.manifest->is_old ? "files that its manifest names are missing"
                                         : fmt::format("its manifest says {} bytes, not {}",
                                                       backup.manifest->bytes, backup.bytes));
  }
  return {};
}

Verdict BackupVerifier::judge_plain(const StoredBackup& backup) {
  Bytes done = 0;
  const FileHash found =
      hash_file(m_context.fs, backup.path, m_context.stop, [&](std::string_view piece) {
        done += piece.size();
        tell(backup, done);
      });
  return found.sha256 == backup.manifest->sha256
             ? Verdict()
             : bad("its content has another SHA-256 than its manifest says");
}

Verdict BackupVerifier::judge_packed(const StoredBackup& backup) {
  PackedVisitors visitors;
  visitors.on_read = [&](Bytes done) { tell(backup, done); };
  const PackedHash found = hash_packed_file(m_context.fs, backup.path, m_context.stop, visitors);
  if (found.stored.sha256 != backup.manifest->sha256) {
    return bad("the file has another SHA-256 than its manifest says");
  }
  const bool is_same =
      found.is_complete && found.content.sha256 == backup.manifest->content->sha256;
  return is_same ? Verdict() : bad("what is packed in it is not what its manifest says");
}

// The old tool kept no hashes. What it copied beside a -wal cannot be read where it lies without
// changing it.
Verdict BackupVerifier::judge_content(const StoredBackup& backup) {
  const auto wal = m_context.fs.stat(backup.path + "-wal");
  if (backup.is_compressed || (wal && wal->size > 0)) {
    return {true, true,
            fmt::format("has no hash; menacedb restore {} --dry-run checks it", backup.path)};
  }
  Database database(backup.path, reader_options(m_context.settings), m_context.clock,
                    m_context.stop);
  const auto damage = find_damage(database, CheckDepth::quick, m_context.stop,
                                  [&](Bytes done) { tell(backup, done); });
  return damage ? bad(fmt::format("it is damaged: {}", *damage))
                : Verdict{true, true, "has no hash; its pages are sound"};
}

Verdict BackupVerifier::judge(const StoredBackup& backup) {
  if (backup.state != BackupState::ok) {
    return judge_state(backup);
  }
  if (backup.manifest->sha256.empty()) {
    return judge_content(backup);
  }
  return backup.is_compressed && backup.manifest->content && !m_request.is_quick
             ? judge_packed(backup)
             : judge_plain(backup);
}

// Pruned while we looked; or its name was only reserved, and the backup failed or got another.
bool BackupVerifier::is_gone(const StoredBackup& backup) {
  return !m_context.fs.stat(backup.path) && !m_context.fs.stat(manifest_path(backup.path));
}

void BackupVerifier::look_at(const StoredBackup& backup) {
  Verdict verdict;
  try {
    verdict = judge(backup);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::busy) {
      throw;
    }
    verdict = bad(error.message());
  }
  if (!verdict.is_ok && is_gone(backup)) {
    return;
  }
  m_report.checks.push_back(
      {"backup", backup.path, verdict.is_ok, verdict.is_warning, std::move(verdict.detail)});
}

void BackupVerifier::run() {
  const std::string directory = backup_directory(m_database);
  std::vector<StoredBackup> backups;
  try {
    backups = list_backups(m_context.fs, m_database, directory);
  } catch (const Error& error) {
    m_report.checks.push_back({"backup", directory, false, false, error.message()});
    return;
  }
  if (backups.empty() && m_context.fs.stat(m_database)) {
    m_report.checks.push_back(
        {"backup", m_database, true, true, fmt::format("no backup in '{}'", directory)});
  }
  std::vector<StoredBackup> incomplete;
  for (const StoredBackup& backup : backups) {
    // One that is just being made has its manifest first: it is looked at again at the end.
    backup.state == BackupState::missing ? incomplete.push_back(backup) : look_at(backup);
  }
  for (const StoredBackup& backup : incomplete) {
    look_at(examine_backup(m_context.fs, backup.path));
  }
}

} // namespace

void verify_backups(const Context& context, const VerifyRequest& request,
                    const std::string& database, VerifyReport& report) {
  BackupVerifier(context, request, database, report).run();
}

} // namespace menacedb
