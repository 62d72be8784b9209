#include "core/engine/jobs/job_watch.hpp"

#include "core/db/database.hpp"
#include "core/os/fs.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr Duration k_shortest_gap = std::chrono::milliseconds(5);
constexpr Duration k_longest_gap = std::chrono::milliseconds(200);
constexpr Duration k_follow = std::chrono::minutes(1); // a commit waits for the disk that long
constexpr Duration k_poll = std::chrono::seconds(1);
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
  m_changed_at = m_look_at = m_clock.monotonic();
}

bool JobWatch::is_look_due(const StopFlag& stop) {
  const Duration now = m_clock.monotonic();
  if (now < m_earliest) {
    return false;
  }
  const bool has_changed = m_files.wait(Duration::zero(), stop);
  if (has_changed && !m_files.is_polling()) {
    m_changed_at = m_look_at = now;
  }
  return now >= m_look_at;
}

// The time of the looks that follow a change grows with the time that has passed since, so that a
// commit is seen soon when it was quick, and not much later than it took when it was not.
void JobWatch::note(bool has_found, bool is_settled) {
  const Duration now = m_clock.monotonic();
  const Duration since = now - m_changed_at;
  if (has_found) {
    m_vain = 0;
  } else if (since < k_shortest_gap) {
    m_vain = std::min(m_vain + 1, k_most_vain);
  }
  m_earliest = now + std::min(k_shortest_gap * (1 + m_vain / 4), k_longest_gap);
  if (m_files.is_polling()) {
    m_look_at = now + k_poll;
  } else {
    const bool is_over = is_settled || since >= k_follow;
    m_look_at = is_over ? Duration::max() : now + std::max(k_shortest_gap, since / 4);
  }
}

// Until m_earliest nobody waits for the files: what happens to them meanwhile is taken in then, not
// with the next of the looks that follow an older change.
Duration JobWatch::next_look() const {
  return m_clock.monotonic() < m_earliest ? m_earliest : m_look_at;
}

Watcher* JobWatch::files() {
  return m_clock.monotonic() < m_earliest ? nullptr : &m_files;
}

} // namespace menacedb
