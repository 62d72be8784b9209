#pragma once

#include "core/db/database.hpp"
#include "core/engine/cleanup/cleanup.hpp"
#include "core/engine/retention.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace menacedb {

// One run of one kind of cleaning of files. What it is told to do it does, or in a dry run only
// counts: the same code finds the files both times, so that the lists are the same. Files that
// vanish meanwhile were somebody else's to clean and do not count. Not thread-safe.
class CleanupRun {
public:
  // The three are borrowed.
  CleanupRun(const Context& context, const CleanupOptions& options, std::string_view action)
      : m_context(context), m_options(options), m_action(action) {}

  [[nodiscard]] const Context& context() const noexcept { return m_context; }
  [[nodiscard]] bool is_dry_run() const noexcept { return m_options.is_dry_run; }

  // Calls `each` with path, name and state of every regular file of a folder, until a stop is
  // requested; of none when the folder does not exist.
  struct File {
    std::string path;
    std::string_view name;
    FileStat stat;
  };
  void visit(const std::string& folder, const std::function<void(const File&)>& each);
  // Decides about things of this kind; `let_go` is called for those that go.
  [[nodiscard]] Retention retention(std::string_view kind, const RetentionLimits& limits,
                                    Retention::LetGo let_go) const;
  // How to look for what may go: a dry run leaves no traces.
  [[nodiscard]] DatabaseOptions looking_options() const;
  // Whether that time is at least so long ago.
  [[nodiscard]] bool is_due(Instant since, Duration age) const;
  // Calls `work` while holding a lock, or answers false when another holds it. A dry run makes no
  // lock file.
  [[nodiscard]] bool with_lock(const std::string& lock, const std::function<void()>& work);

  void remove(const std::string& path, Bytes bytes);
  // Renames, with the folder made first. Where the name is taken, the file gets a longer one.
  void move(const std::string& from, const std::string& to, Bytes bytes);
  // Anything else: `deed` answers false when there was nothing to do any more.
  void act(const std::string& path, Bytes bytes, const std::function<bool()>& deed);
  void note(std::string text) { m_result.notes.push_back(std::move(text)); }

  [[nodiscard]] CleanupResult take_result();

private:
  const Context& m_context;
  const CleanupOptions& m_options;
  std::string_view m_action;
  CleanupResult m_result;
};

} // namespace menacedb
