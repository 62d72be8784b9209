#include "core/engine/worker/policy_watch.hpp"

#include <algorithm>
#include <utility>

namespace menacedb {
namespace {

constexpr Duration k_quiet = std::chrono::milliseconds(15);     // after the last change
constexpr Duration k_longest = std::chrono::milliseconds(45);   // of changes without a pause
constexpr Duration k_patience = std::chrono::milliseconds(500); // with what is not complete
constexpr Duration k_look_again = std::chrono::milliseconds(5); // where no event will tell

} // namespace

PolicyWatch::PolicyWatch(Fs& fs, Clock& clock)
    : m_fs(fs), m_clock(clock), m_files(no_policy_files()), m_watcher(std::vector<std::string>()) {}

// The watch comes first: what changes from here on is told, or is in the content already.
void PolicyWatch::begin() {
  m_watcher = watch_files(m_files);
  m_changed_first.reset();
  m_content = read_policy_content(m_fs, m_files);
  const Duration patience_ends = m_clock.monotonic() + k_patience;
  while (m_content.is_being_written && m_clock.monotonic() < patience_ends) {
    m_clock.sleep(k_look_again); // half of a file may be a policy, too
    m_content = read_policy_content(m_fs, m_files);
  }
}

bool PolicyWatch::was_missed(const FileSet& looked_for) {
  if (m_files != looked_for) {
    m_files = looked_for;
    return true;
  }
  const PolicyContent content = read_policy_content(m_fs, m_files);
  return content.digest != m_content.digest ||
         (content.is_being_written && !m_content.is_being_written);
}

std::optional<Duration> PolicyWatch::due() {
  const bool has_news = m_watcher.take();
  if (!has_news && !m_changed_first) {
    return std::nullopt;
  }
  const Duration now = m_clock.monotonic();
  if (has_news) {
    m_changed_last = now;
    m_changed_first = m_changed_first.value_or(now);
  }
  const Duration quiet = std::min(m_changed_last + k_quiet, *m_changed_first + k_longest);
  if (now < quiet) {
    return quiet - now;
  }
  const PolicyContent content = read_policy_content(m_fs, m_files);
  const Duration patience_ends = *m_changed_first + k_patience;
  const bool is_complete = !content.is_being_written && content.count >= m_content.count;
  if (!is_complete && now < patience_ends) {
    return std::min(patience_ends - now, k_look_again);
  }
  if (content.digest == m_content.digest) {
    m_changed_first.reset();
    return std::nullopt;
  }
  return Duration::zero();
}

} // namespace menacedb
