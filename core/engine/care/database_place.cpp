#include "core/engine/care/database_place.hpp"

#include "core/base/error.hpp"
#include "core/db/checkpoint.hpp"
#include "core/db/online_backup.hpp"
#include "core/db/transaction.hpp"
#include "core/engine/care/database_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace menacedb {
namespace {

constexpr std::array<std::string_view, 3> k_companions = {"-wal", "-shm", "-journal"};

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Faults of SQLite that are about the content, as opposed to locks and rights.
bool is_about_content(const Error& error) {
  return error.code() == "not-a-database" || error.code() == "database-corrupt" ||
         error.code() == "io-error" || error.code() == "sql";
}

} // namespace

DatabasePlace::DatabasePlace(const Context& context, const std::string& path)
    : m_context(context), m_path(path), m_real_path(real_database_path(path)) {}

Database DatabasePlace::open() {
  DatabaseOptions options;
  options.keeps_journal_mode = true;
  options.full_sync = true;
  options.busy_timeout = m_context.settings.duration("databases.busy_timeout");
  return {m_path, options, m_context.clock, m_context.stop};
}

PlaceLook DatabasePlace::look() {
  if (!m_context.fs.stat(m_real_path)) {
    return {};
  }
  static_cast<void>(require_file(m_context.fs, m_path));
  try {
    Database database = open();
    const bool is_empty = database.query_integer("SELECT count(*) FROM sqlite_schema") == 0;
    if (const auto damage = find_damage(database, CheckDepth::quick, m_context.stop)) {
      return {PlaceState::broken, *damage};
    }
    return {is_empty ? PlaceState::empty : PlaceState::sound, {}};
  } catch (const Error& error) {
    if (!is_about_content(error)) {
      throw;
    }
    return {PlaceState::broken, error.message()};
  }
}

bool DatabasePlace::overwrite(const std::string& content, const CareProgress& on_progress) {
  Database target = open();
  Database source(content, {.read_only = true}, m_context.clock, m_context.stop);
  const ReadTransaction moment(source);
  OnlineBackupOptions options;
  options.on_progress = [&](Bytes done, Bytes total) {
    if (on_progress) {
      on_progress("restore", done, total);
    }
  };
  try {
    back_up_into(source, target, m_context.stop, options);
  } catch (const Error& error) {
    if (error.code() != "page-size") {
      throw;
    }
    return false;
  }
  return true;
}

void DatabasePlace::leave_wal_mode() {
  Database database = open();
  database.execute("PRAGMA journal_mode = DELETE", "take out of WAL mode");
}

std::string DatabasePlace::free_name() const {
  std::string time =
      format_instant(std::chrono::floor<std::chrono::seconds>(m_context.clock.now()));
  std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  std::ranges::replace(time, 'T', '_');
  const std::string base = fmt::format("{}.corrupted_{}", m_real_path, time);
  std::string name = base;
  for (unsigned number = 2; m_context.fs.stat(name) || m_context.fs.stat(name + "-wal"); ++number) {
    name = fmt::format("{}_{}", base, number);
  }
  return name;
}

// The file gets a second name first, and is still found under its own: at no moment is there no
// database, which others would take for a new one. Then the WAL goes, before a file comes that it
// does not belong to.
std::string DatabasePlace::set_aside() {
  const std::string name = free_name();
  bool has_moved = false;
  if (m_context.fs.stat(m_real_path)) {
    if (!m_context.fs.link(m_real_path, name)) {
      m_context.fs.rename(m_real_path, name); // a file system without second names
    }
    has_moved = true;
    m_context.fs.sync_directory(parent_directory(m_real_path));
  }
  m_context.fs.reached(Step::restore_set_aside);
  for (const std::string_view companion : k_companions) {
    const std::string path = m_real_path + std::string(companion);
    if (m_context.fs.stat(path)) {
      m_context.fs.rename(path, name + std::string(companion));
      has_moved = true;
    }
  }
  m_context.fs.sync_directory(parent_directory(m_real_path));
  m_context.fs.reached(Step::restore_cleared);
  // As the database was named, unless that is a link to a file of another name.
  const bool is_named_alike = m_path.ends_with(file_name(m_real_path));
  const std::string suffix = name.substr(m_real_path.size());
  return !has_moved ? std::string() : is_named_alike ? m_path + suffix : name;
}

void DatabasePlace::replace(PartialFile& content) {
  if (const auto old = m_context.fs.stat(m_real_path)) {
    m_context.fs.set_owner_and_mode(content.file(), *old);
  }
  m_context.fs.sync(content.file());
  content.publish(m_real_path);
  m_context.fs.sync_directory(parent_directory(m_real_path));
  m_context.fs.reached(Step::restore_replaced);
}

std::optional<std::string> DatabasePlace::check() {
  Database database = open();
  return find_damage(database, CheckDepth::quick, m_context.stop);
}

// What keeps it from happening is no harm: the WAL is that of the new content, and safe.
void DatabasePlace::carry_over_wal() {
  try {
    Database guard = open();
    if (guard.query_text("PRAGMA journal_mode") == "wal") {
      Database worker = open();
      worker.set_busy_timeout(std::chrono::seconds(1));
      static_cast<void>(checkpoint(guard, worker, CheckpointMode::truncate));
    }
  } catch (const Error& error) {
    m_context.log.event(LogLevel::warning, "checkpoint-failed",
                        {{"database", m_path}, {"reason", error.message()}});
  }
}

} // namespace menacedb
