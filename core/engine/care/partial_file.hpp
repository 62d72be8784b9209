#pragma once

#include "core/os/fs.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// A file that is being made, under a name of its own: `.<name>.<random>.menacedb-partial`. Locked
// while it lives, so that others can tell it from one that a killed process left behind. Deleted
// on destruction with all that SQLite put beside it, unless it was published.
class PartialFile {
public:
  // An empty file with the owner and mode of `like`. The folder must exist.
  PartialFile(Fs& fs, const std::string& directory, std::string_view name, const FileStat& like);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return m_path; }
  [[nodiscard]] const Fd& file() const noexcept { return m_file; } // writable, at its end
  // Renames the synced file to its place, replacing what is there. The directory is not synced.
  void publish(const std::string& path);

  // Deletes what killed processes left in the folder. What cannot be deleted stays.
  static void remove_stale(Fs& fs, const std::string& directory);

private:
  Fs& m_fs;
  std::string m_path;
  Fd m_file;
  bool m_is_published = false;
};

} // namespace menacedb
