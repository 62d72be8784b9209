#include "core/engine/drain/dir_stats.hpp"

#include "core/base/error.hpp"
#include "core/base/json_text.hpp"
#include "core/engine/store_view.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Bytes k_most_bytes = 64u << 10;

} // namespace

DirStats::DirStats(const Context& context, std::string path, std::string database)
    : m_context(context), m_path(std::move(path)), m_database(std::move(database)) {}

void DirStats::write(const StoreTotals& totals, std::uint64_t pending) {
  JsonWriter json;
  json.begin_object();
  json.member("enqueued", totals.dir_processed + totals.dir_failed + pending);
  json.member("processed", totals.dir_processed).member("failed", totals.dir_failed);
  json.member("retried", totals.dir_retried).member("direct", totals.dir_direct);
  const std::string text = json.end_object().take() + "\n";
  const auto old = m_context.fs.stat(m_path);
  const bool is_same = old && old->type == FileType::regular && old->size == text.size() &&
                       read_file(m_context.fs, m_path, k_most_bytes) == text;
  if (!is_same) {
    replace_file_unsynced(m_context.fs, m_path, text); // the store has the numbers
  }
}

void DirStats::catch_up(std::uint64_t pending) {
  const Instant changed = changed_at();
  if (changed <= m_seen) {
    return;
  }
  m_seen = changed; // also where the look fails: a worker is woken by looks as well
  try {
    const auto store = view_store(m_context, m_database);
    const StoreTotals totals = store ? StatsRows(*store).totals() : StoreTotals();
    if (totals.dir_processed + totals.dir_failed + totals.dir_direct > 0) {
      write(totals, pending);
    }
  } catch (const Error& error) { // nothing of the queue depends on it
    m_context.log.event(LogLevel::info, "stats-file-behind", {{"reason", error.message()}});
  }
}

// Instant::min() when there is no database.
Instant DirStats::changed_at() const {
  Instant changed = Instant::min();
  for (const char* const suffix : {"", "-wal"}) {
    if (const auto file = m_context.fs.stat(m_database + suffix)) {
      changed = std::max(changed, file->modified_at);
    }
  }
  return changed;
}

} // namespace menacedb
