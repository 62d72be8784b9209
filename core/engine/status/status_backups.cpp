#include "core/engine/status/status_backups.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/engine/care/backup.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

// The folder may be in use by hand, too: a copy of any reason is a copy.
std::optional<Instant> newest_backup(Fs& fs, const std::string& database) {
  for (const StoredBackup& backup : list_backups(fs, database, backup_directory(database))) {
    if (backup.state == BackupState::ok) {
      return backup.created_at;
    }
  }
  return std::nullopt;
}

void judge_backup(const Context& context, const std::string& database, StatusReport& report) {
  const Duration every = context.settings.duration("backup.every");
  const std::optional<Instant> newest = newest_backup(context.fs, database);
  if (newest && context.clock.now() - *newest <= 2 * every) {
    return;
  }
  const std::string age =
      newest ? fmt::format("the newest backup of '{}' is of {}", database,
                           format_instant(std::chrono::floor<std::chrono::seconds>(*newest)))
             : fmt::format("there is no backup of '{}'", database);
  report.problems.push_back(
      {"backup-old", fmt::format("{}, though [backup] every is {}", age, format_duration(every)),
       "menacedb backup"});
}

} // namespace

void judge_backups(const Context& context, StatusReport& report) {
  if (context.settings.duration("backup.every") == Duration::zero()) {
    return;
  }
  for (const auto& [name, database] : databases_named(context.fs, context.settings, {})) {
    try {
      judge_backup(context, database, report);
    } catch (const Error& error) {
      report.problems.push_back({"backup-unknown", error.message(), "menacedb backup --list"});
    }
  }
}

} // namespace menacedb
