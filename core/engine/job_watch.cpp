#include "core/engine/job_watch.hpp"

#include "core/db/database.hpp"
#include "core/os/fs.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Duration k_first_gap = std::chrono::milliseconds(10);
constexpr Duration k_longest_gap = std::chrono::milliseconds(200);
constexpr Duration k_poll = std::chrono::seconds(1);
constexpr unsigned k_followers = 5; // after 10, 40, 160, 640 and 2560 ms
constexpr unsigned k_most_vain = 1000;

Watcher::Filter files_of(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return [name](std::string_view changed) {
    return changed == name || (changed.starts_with(name) &&
                               (changed.ends_with("-wal") || changed.ends_with("-journal")));
  };
}

} // namespace

JobWatch::JobWatch(Clock& clock, const std::string& database)
    : m_clock(clock),
      m_files(parent_directory(real_database_path(database)),
              files_of(real_database_path(database))) {
  m_look_at = m_clock.monotonic();
  m_followers = 1;
}

bool JobWatch::is_look_due(const StopFlag& stop) {
  const Duration now = m_clock.monotonic();
  if (now < m_earliest) {
    return false;
  }
  if (m_files.is_polling()) {
    (void)m_files.wait(Duration::zero(), stop); // perhaps it can be watched by now
    return now >= m_look_at;
  }
  if (m_files.wait(Duration::zero(), stop)) {
    m_followers = k_followers + 1;
    m_look_at = now;
  }
  return m_followers > 0 && now >= m_look_at;
}

void JobWatch::note(bool has_found) {
  const Duration now = m_clock.monotonic();
  m_vain = has_found ? 0 : std::min(m_vain + 1, k_most_vain);
  m_earliest = now + std::min(k_first_gap * (1 + m_vain / 4), k_longest_gap);
  if (m_files.is_polling()) {
    m_look_at = now + k_poll;
    return;
  }
  m_followers -= std::min(m_followers, 1U);
  m_look_at = now + k_first_gap * (1U << 2 * (k_followers - std::min(m_followers, k_followers)));
}

Duration JobWatch::next_look() const {
  if (m_followers > 0 || m_files.is_polling()) {
    return std::max(m_look_at, m_earliest);
  }
  return m_clock.monotonic() < m_earliest ? m_earliest : Duration::max();
}

int JobWatch::descriptor() {
  return m_clock.monotonic() < m_earliest ? -1 : m_files.descriptor();
}

} // namespace menacedb
