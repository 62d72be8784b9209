#pragma once

#include "core/base/error.hpp"
#include "core/engine/worker/policy_files.hpp"
#include "core/os/clock.hpp"
#include "core/os/watch_files.hpp"

#include <optional>
#include <string>

namespace menacedb {

// Tells when the files of a policy have become another policy: some milliseconds after the last of
// them was closed, so that what an editor or a checkout does in several steps is one change. A file
// that is still being written is waited for, and so is one that went away, since it may come back
// under the same name: half a second at most. What ends as it began is no change. Not thread-safe.
class PolicyWatch {
public:
  // Nothing to watch, until load() finds out.
  PolicyWatch(Fs& fs, Clock& clock);

  // Calls `read(FileSet&)`, which makes something of files and adds each one to the set before it
  // looks for it, and answers or throws what that does. Again when a file was not watched yet or
  // was changed meanwhile: in the end, what is answered was made of content(). Throws busy when the
  // files do not come to rest.
  template <typename Read>
  auto load(Read&& read) {
    for (int attempt = 0; attempt < k_attempts; ++attempt) {
      begin();
      FileSet looked_for = no_policy_files();
      try {
        auto answer = read(looked_for);
        if (!was_missed(looked_for)) {
          return answer;
        }
      } catch (const Error&) {
        if (!was_missed(looked_for)) {
          throw;
        }
      }
    }
    throw Error(ErrorKind::busy, "policy-changing",
                "cannot read the policy: its files do not come to rest");
  }

  // Without waiting: none when nothing has changed since load(), zero when it is time to load()
  // again, else how long to wait before asking again.
  [[nodiscard]] std::optional<Duration> due();
  [[nodiscard]] bool is_due() { return due() == Duration::zero(); }
  // For whoever waits until there may be something to ask due() about.
  [[nodiscard]] Watcher& watcher() noexcept { return m_watcher; }
  // The digest of what was read by the last load().
  [[nodiscard]] const std::string& content() const noexcept { return m_content.digest; }

private:
  static constexpr int k_attempts = 50;

  void begin();
  [[nodiscard]] bool was_missed(const FileSet& looked_for);

  Fs& m_fs;
  Clock& m_clock;
  FileSet m_files;
  Watcher m_watcher;
  PolicyContent m_content;
  std::optional<Duration> m_changed_first; // monotonic; none: not since load()
  Duration m_changed_last{};
};

} // namespace menacedb
