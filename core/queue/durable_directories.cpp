#include "core/queue/durable_directories.hpp"

#include <vector>

namespace menacedb {

void create_directories_durably(Fs& fs, const std::string& path) {
  if (fs.stat(path)) {
    return;
  }
  std::vector<std::string> parents;
  for (std::string missing = path; !fs.stat(missing);) {
    std::string parent = parent_directory(missing);
    if (parent == missing) {
      break;
    }
    parents.push_back(parent);
    missing = std::move(parent);
  }
  fs.make_directories(path);
  for (const std::string& parent : parents) {
    fs.sync_directory(parent);
  }
}

} // namespace menacedb
