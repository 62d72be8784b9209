#pragma once

#include "core/config/settings.hpp"
#include "core/os/watch_files.hpp"

#include <optional>
#include <string>

namespace menacedb {

// No file yet, and the kind of file that a drop-in folder holds.
[[nodiscard]] FileSet no_policy_files();
// Adds the files that the settings were read from, or would be if they were there.
void add_policy_files(FileSet& set, const Settings& settings);

// What is in the files of a policy.
struct PolicyContent {
  std::string digest;            // of all names and bytes: another one, another policy
  std::size_t count = 0;         // of the files that are there
  bool is_being_written = false; // some process has one open for writing
};
// Never throws: a file that cannot be read is content, too.
[[nodiscard]] PolicyContent read_policy_content(Fs& fs, const FileSet& set);

} // namespace menacedb
