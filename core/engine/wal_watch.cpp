#include "core/engine/wal_watch.hpp"

#include "core/base/error.hpp"
#include "core/db/database.hpp"
#include "core/engine/checkpoints.hpp"
#include "core/engine/places.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr Duration k_soon = std::chrono::seconds(10);
constexpr Duration k_idle = std::chrono::minutes(5);
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

void WalWatch::note_work() {
  m_look_at = std::min(m_look_at, m_clock.monotonic() + k_soon);
}

void WalWatch::turn(const Context& context) {
  const Duration now = m_clock.monotonic();
  if (now < m_look_at) {
    return;
  }
  try {
    for (const NamedDatabase& database : databases_named(context.fs, context.settings, {})) {
      look_at(context, database.path);
    }
  } catch (const Error& error) {
    context.log.event(LogLevel::debug, "wal-unknown", {{"reason", error.message()}});
  }
  m_look_at = m_clock.monotonic() + (m_large.empty() ? k_idle : k_soon);
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
  return std::max(m_look_at - m_clock.monotonic(), Duration::zero());
}

} // namespace menacedb
