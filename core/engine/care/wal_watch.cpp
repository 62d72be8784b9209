#include "core/engine/care/wal_watch.hpp"

#include "core/base/error.hpp"
#include "core/db/database.hpp"
#include "core/engine/care/checkpoints.hpp"
#include "core/engine/places.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace menacedb {
namespace {

constexpr Duration k_soon = std::chrono::seconds(10);
constexpr Duration k_shortest = std::chrono::seconds(1); // between two looks
constexpr Duration k_poll = std::chrono::minutes(5);
constexpr Duration k_patience = std::chrono::milliseconds(100); // entries wait for us meanwhile

Bytes wal_size(Fs& fs, const std::string& path) {
  const auto wal = fs.stat(real_database_path(path) + "-wal");
  return wal ? wal->size : 0;
}

std::string describe(const std::vector<CheckpointReport::Blocker>& blockers) {
  std::string text;
  for (const CheckpointReport::Blocker& blocker : blockers) {
    if (blocker.pid != process_id()) {
      text += fmt::format("{}pid {}, '{}' ({})", text.empty() ? "" : "; ", blocker.pid,
                          blocker.command, blocker.detail);
    }
  }
  return text;
}

} // namespace

void WalWatch::configure(const Settings& settings) {
  std::set<std::string> folders;
  std::set<std::string, std::less<>> names;
  for (const NamedDatabase& database : configured_databases(settings)) {
    const std::string path = real_database_path(database.path);
    folders.insert(parent_directory(path));
    names.insert(path.substr(path.rfind('/') + 1) + "-wal");
  }
  m_files.emplace(
      std::vector<std::string>(folders.begin(), folders.end()),
      [names](std::string_view name) { return names.contains(name); }, Watcher::Events::finished);
  m_look_at = m_clock.monotonic();
}

void WalWatch::turn(const Context& context) {
  const Duration now = m_clock.monotonic();
  if (m_files) {
    (void)m_files->take(); // the look is at all of them
  }
  if (!m_large.empty() && now < m_look_at) {
    return;
  }
  if (now < m_looked_at + k_shortest) {
    m_look_at = std::min(m_look_at, m_looked_at + k_shortest);
    return;
  }
  look(context);
}

void WalWatch::look(const Context& context) {
  try {
    for (const NamedDatabase& database : databases_named(context.fs, context.settings, {})) {
      look_at(context, database.path);
    }
  } catch (const Error& error) {
    context.log.event(LogLevel::debug, "wal-unknown", {{"reason", error.message()}});
  }
  m_looked_at = m_clock.monotonic();
  const bool is_watched = m_files && !m_files->is_polling();
  m_look_at = !m_large.empty() ? m_looked_at + k_soon
              : is_watched     ? Duration::max()
                               : m_looked_at + k_poll;
}

void WalWatch::look_at(const Context& context, const std::string& path) {
  const Bytes limit = context.settings.bytes("databases.wal_limit");
  if (wal_size(context.fs, path) <= limit) {
    m_large.erase(path);
    return;
  }
  m_large.try_emplace(path);
  CheckpointRequest request;
  request.mode = CheckpointMode::truncate;
  request.timeout = k_patience;
  try {
    const CheckpointReport report = checkpoint_database(context, path, request);
    const Bytes left = wal_size(context.fs, path);
    if (left <= limit) {
      m_large.erase(path);
      context.log.event(LogLevel::info, "wal-checkpointed",
                        {{"database", path},
                         {"wal_before", format_bytes(report.result.wal_before)},
                         {"wal_after", format_bytes(left)}});
    } else if (const std::string blockers = describe(report.blocked_by); !blockers.empty()) {
      say(context, path, blockers);
    }
  } catch (const Error& error) {
    say(context, path, error.message());
  }
}

void WalWatch::say(const Context& context, const std::string& path, std::string what) {
  std::string& said = m_large[path];
  if (said != what) {
    said = std::move(what);
    context.log.event(LogLevel::warning, "wal-pinned",
                      {{"database", path},
                       {"wal_bytes", std::to_string(wal_size(context.fs, path))},
                       {"blocked_by", said}});
  }
}

Duration WalWatch::next_wake() const {
  return m_look_at == Duration::max() ? m_look_at
                                      : std::max(m_look_at - m_clock.monotonic(), Duration::zero());
}

Watcher* WalWatch::files() {
  return m_files && !m_files->is_polling() ? &*m_files : nullptr;
}

} // namespace menacedb
