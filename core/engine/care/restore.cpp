#include "core/engine/care/restore.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/db/database_use.hpp"
#include "core/db/transaction.hpp"
#include "core/db/writer_lock.hpp"
#include "core/engine/care/backup_source.hpp"
#include "core/engine/care/database_place.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

namespace menacedb {
namespace {

constexpr Duration k_lock_patience = std::chrono::seconds(10);

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// The database a backup is of: a configured one of that name, else the one its manifest names.
std::string target_of(const Settings& settings, const StoredBackup& backup) {
  const std::string source = backup.manifest ? backup.manifest->source : std::string();
  for (const NamedDatabase& database : configured_databases(settings)) {
    const bool is_named = source.empty()
                              ? parse_backup_name(database.path, file_name(backup.path)).has_value()
                              : file_name(source) == file_name(database.path);
    if (is_named) {
      return database.path;
    }
  }
  if (source.empty()) {
    throw Error(
        ErrorKind::usage, "no-target",
        fmt::format("cannot restore '{}': nothing says which database it is of", backup.path))
        .with_hint("--to DB");
  }
  return source;
}

std::map<std::string, std::int64_t> count_rows(Database& database) {
  std::vector<std::string> names;
  Statement tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                                      "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND "
                                      "name NOT LIKE 'menacedb\\_%' ESCAPE '\\'");
  while (tables.step()) {
    names.emplace_back(tables.text(0));
  }
  std::map<std::string, std::int64_t> rows;
  for (const std::string& name : names) {
    try {
      rows[name] = database.query_integer("SELECT count(*) FROM " + quote_identifier(name));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::sql) {
        throw; // a virtual table whose module we lack has no count
      }
    }
  }
  return rows;
}

class Restore {
public:
  Restore(const Context& context, const Router& router, const RestoreOptions& options)
      : m_context(context), m_router(router), m_options(options) {}

  RestoreReport run();

private:
  void choose();
  void choose_latest();
  void fetch(const StoredBackup& backup);
  void look();
  void find_openers();
  void compare_tables();
  void prepare();
  void keep_present();
  void put();
  void put_back();
  void tell(std::string_view what, Bytes done, Bytes total) const;

  Context m_context;
  const Router& m_router;
  const RestoreOptions& m_options;
  RestoreReport m_report;
  std::unique_ptr<BackupSource> m_source;
  std::optional<DatabasePlace> m_place;
  PlaceLook m_look;
};

void Restore::tell(std::string_view what, Bytes done, Bytes total) const {
  if (m_options.on_progress) {
    m_options.on_progress(what, done, total);
  }
}

void Restore::fetch(const StoredBackup& backup) {
  m_source.reset();
  const BackupSourceOptions options{parent_directory(m_place->real_path()),
                                    file_name(m_place->real_path()), m_options.is_forced,
                                    m_options.on_progress};
  m_source = std::make_unique<BackupSource>(m_context, backup, options);
  m_report.preview.backup = backup;
  m_report.preview.doubts = m_source->doubts();
}

void Restore::choose() {
  RestorePreview& preview = m_report.preview;
  preview.target = m_options.target;
  std::optional<StoredBackup> named;
  if (!m_options.backup.empty()) {
    static_cast<void>(require_file(m_context.fs, m_options.backup));
    named = examine_backup(m_context.fs, m_options.backup);
  }
  if (preview.target.empty()) {
    preview.target =
        named ? target_of(m_context.settings, *named) : shared_database_path(m_context.settings);
  }
  m_place.emplace(m_context, preview.target);
  const std::string directory = parent_directory(m_place->real_path());
  if (!m_options.is_dry_run) {
    m_context.fs.make_directories(directory);
  }
  PartialFile::remove_stale(m_context.fs, directory);
  named ? fetch(*named) : choose_latest();
}

// What an earlier restore kept is passed over: it is what somebody wanted to get away from.
void Restore::choose_latest() {
  const std::string directory = backup_directory(m_report.preview.target);
  for (const StoredBackup& backup :
       list_backups(m_context.fs, m_report.preview.target, directory)) {
    std::string reason = "it was kept by an earlier restore";
    if (backup.reason.find("pre_restore") == std::string::npos) {
      try {
        fetch(backup);
        return;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::bad_input) {
          throw;
        }
        const std::string prefix = fmt::format("cannot restore '{}': ", backup.path);
        reason = error.message().substr(error.message().starts_with(prefix) ? prefix.size() : 0);
      }
    }
    m_report.preview.passed_over.push_back({backup.path, reason});
  }
  const std::size_t count = m_report.preview.passed_over.size();
  throw Error(ErrorKind::bad_input, "no-backup",
              count == 0 ? fmt::format("cannot restore '{}': there is no backup in '{}'",
                                       m_report.preview.target, directory)
                         : fmt::format("cannot restore '{}': none of {} backups is sound; {}",
                                       m_report.preview.target, count,
                                       m_report.preview.passed_over.front().reason))
      .with_hint("menacedb backup --list");
}

void Restore::find_openers() {
  const std::vector<std::string> paths{m_place->real_path()};
  const DatabaseUses uses = find_database_use(paths);
  for (const DatabaseUse::Opener& opener : uses.databases.front().openers) {
    m_report.preview.openers.push_back(describe_process(opener.pid));
  }
  const bool is_refused = !m_options.is_forced && !m_options.is_dry_run;
  if (!m_report.preview.openers.empty() && is_refused) {
    throw Error(ErrorKind::busy, "database-in-use",
                fmt::format("cannot restore '{}': {} {} it open", m_report.preview.target,
                            fmt::join(m_report.preview.openers, "; "),
                            m_report.preview.openers.size() == 1 ? "has" : "have"))
        .with_hint("end these programs first, or add --force");
  }
}

void Restore::look() {
  tell("check", 0, 0);
  m_look = m_place->look();
  m_report.preview.is_missing = m_look.state == PlaceState::missing;
  if (m_look.state == PlaceState::broken) {
    m_report.preview.damage = m_look.damage;
  }
}

void Restore::compare_tables() {
  std::map<std::string, RestorePreview::Table> tables;
  if (m_look.state == PlaceState::sound) {
    Database present = open_untouched(m_context, m_report.preview.target);
    for (const auto& [name, rows] : count_rows(present)) {
      tables[name].rows_now = rows;
    }
  }
  Database then(m_source->file().path(), {.read_only = true}, m_context.clock, m_context.stop);
  for (const auto& [name, rows] : count_rows(then)) {
    tables[name].rows_then = rows;
  }
  for (auto& [name, table] : tables) {
    table.name = name;
    m_report.preview.tables.push_back(std::move(table));
  }
}

// The content gets all that the place's queues need before anybody else can see it.
void Restore::prepare() {
  const RestoreQueuesOptions options{.target = m_report.preview.target,
                                     .real_path = m_place->real_path(),
                                     .content = m_source->file().path(),
                                     .backup = m_report.preview.backup,
                                     .state = m_look.state,
                                     .replays_archive = m_options.replays_archive,
                                     .until = m_options.until,
                                     .on_progress = m_options.on_progress};
  m_report.queues = restore_queues(m_context, m_router, options);
}

void Restore::keep_present() {
  if (m_look.state != PlaceState::sound) {
    return;
  }
  BackupOptions options;
  options.reason = "pre_restore";
  options.on_progress = m_options.on_progress;
  m_report.safety_backup = back_up(m_context, m_report.preview.target, options).path;
  m_context.fs.reached(Step::restore_saved);
}

void Restore::put() {
  const std::string content = m_source->file().path();
  const bool is_readable = m_look.state == PlaceState::sound || m_look.state == PlaceState::empty;
  if (is_readable && m_place->overwrite(content, m_options.on_progress)) {
    m_report.is_same_file = true;
    m_context.fs.reached(Step::restore_replaced);
  } else if (is_readable) {
    m_place->leave_wal_mode();
    m_place->replace(m_source->file());
  } else {
    m_report.set_aside = m_place->set_aside();
    m_place->replace(m_source->file());
  }
}

// The new content turned out bad where it lies now: a failing disk, or a fault of ours.
void Restore::put_back() {
  if (m_report.safety_backup.empty()) {
    return;
  }
  static_cast<void>(m_place->overwrite(m_report.safety_backup, m_options.on_progress));
}

RestoreReport Restore::run() {
  choose();
  find_openers();
  look();
  compare_tables();
  if (m_options.is_dry_run || (m_options.agrees && !m_options.agrees(m_report.preview))) {
    return std::move(m_report);
  }
  const WriterLock writer(m_context.fs, m_context.clock, m_report.preview.target, k_lock_patience,
                          m_context.stop);
  m_report.preview.openers.clear();
  find_openers(); // somebody may have come while the question was open
  m_look = m_place->look();
  prepare();
  m_context.fs.reached(Step::restore_prepared);
  keep_present();
  put();
  if (const auto damage = m_place->check()) {
    put_back();
    throw Error(ErrorKind::io, "restore-failed",
                fmt::format("cannot restore '{}': what was written is damaged: {}",
                            m_report.preview.target, *damage))
        .with_hint(m_report.safety_backup.empty()
                       ? fmt::format("menacedb restore {}", m_report.preview.backup.path)
                       : "the database is again as it was");
  }
  m_report.integrity = "ok";
  m_report.is_restored = true;
  m_context.fs.reached(Step::restore_checked);
  m_place->carry_over_wal();
  return std::move(m_report);
}

} // namespace

RestoreReport restore(const Context& context, const Router& router, const RestoreOptions& options) {
  return Restore(context, router, options).run();
}

} // namespace menacedb
