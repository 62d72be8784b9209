#pragma once

#include "core/os/watcher.hpp"

#include <set>
#include <string>

namespace menacedb {

// Files by name, whether they are there or not.
struct FileSet {
  using Names = std::set<std::string, std::less<>>;

  Names files;
  Names folders; // of which all files with `suffix` count
  std::string suffix;

  friend bool operator==(const FileSet&, const FileSet&) = default;
};

// A watcher for the files of the set, by the folders they lie in: also when an editor puts another
// file in their place, when a folder is deleted and made anew, and when a symbolic link anywhere on
// the way is turned elsewhere. What the links say is read once: make a new watcher after a change.
// It may tell of changes that are none, and counts a file that is being written when it is closed.
[[nodiscard]] Watcher watch_files(const FileSet& set);

} // namespace menacedb
