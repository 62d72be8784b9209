#include "core/engine/cleanup/cleanup_run.hpp"

#include "core/base/error.hpp"
#include "core/engine/database_options.hpp"
#include "core/os/file_lock.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace menacedb {

void CleanupRun::visit(const std::string& folder, const std::function<void(const File&)>& each) {
  const auto stat = m_context.fs.stat(folder + "/."); // a link to a folder is a folder
  if (!stat || stat->type != FileType::directory) {
    return;
  }
  m_context.fs.visit(folder, [&](std::string_view name, FileType) {
    File file{join_path(folder, name), name, {}};
    const auto found = m_context.fs.stat(file.path);
    if (found && found->type == FileType::regular) {
      file.stat = *found;
      each(file);
    }
    return !m_context.stop.is_requested();
  });
}

Retention CleanupRun::retention(std::string_view kind, const RetentionLimits& limits,
                                Retention::LetGo let_go) const {
  return Retention({kind, limits, m_options.hooks, m_context.clock.now()}, std::move(let_go));
}

DatabaseOptions CleanupRun::looking_options() const {
  if (is_dry_run()) {
    return reader_options(m_context.settings);
  }
  DatabaseOptions options;
  options.busy_timeout = m_context.settings.duration("databases.busy_timeout");
  options.keeps_journal_mode = true; // it may hold nothing of ours
  return options;
}

bool CleanupRun::is_due(Instant since, Duration age) const {
  return m_context.clock.now() - since >= age;
}

bool CleanupRun::with_lock(const std::string& lock, const std::function<void()>& work) {
  std::optional<FileLock> held;
  if (m_context.fs.stat(lock) || (!is_dry_run() && m_context.fs.stat(parent_directory(lock)))) {
    held = FileLock::try_acquire(m_context.fs, m_context.clock, lock);
    if (!held) {
      return false;
    }
  }
  work();
  return true;
}

void CleanupRun::act(const std::string& path, Bytes bytes, const std::function<bool()>& deed) {
  if (!is_dry_run() && !deed()) {
    return;
  }
  ++m_result.items;
  m_result.bytes += bytes;
  if (m_options.lists_files) {
    m_result.files.push_back(path);
  }
  if (m_options.on_progress) {
    m_options.on_progress(m_action, m_result.items);
  }
}

void CleanupRun::remove(const std::string& path, Bytes bytes) {
  act(path, bytes, [&] { return m_context.fs.unlink(path); });
}

void CleanupRun::move(const std::string& from, const std::string& to, Bytes bytes) {
  act(from, bytes, [&] {
    m_context.fs.make_directories(parent_directory(to));
    Moved moved = m_context.fs.rename_new(from, to);
    if (moved == Moved::target_exists) {
      moved = m_context.fs.rename_new(from, fmt::format("{}.{}", to, random_hex(4)));
    }
    if (moved == Moved::target_exists) {
      throw Error(ErrorKind::io, "io-error",
                  fmt::format("cannot rename '{}' to '{}': the name is taken", from, to));
    }
    return moved == Moved::done;
  });
}

CleanupResult CleanupRun::take_result() {
  std::ranges::sort(m_result.files);
  return std::move(m_result);
}

} // namespace menacedb
