#include "core/db/database.hpp"

#include <filesystem>

namespace menacedb {
namespace {

// As many as Linux follows.
constexpr int k_max_links = 40;

} // namespace

// weakly_canonical leaves a link alone whose target does not exist yet; SQLite would create the
// target. Both spellings must give one lock file, so the last component is followed by hand.
std::string real_database_path(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path real = fs::absolute(path, ignored);
  for (int links = 0; links < k_max_links; ++links) {
    const fs::path folder = fs::weakly_canonical(real.parent_path(), ignored);
    real = (folder.empty() ? real.parent_path() : folder) / real.filename();
    const fs::path target = fs::read_symlink(real, ignored);
    if (target.empty()) {
      break;
    }
    real = target.is_absolute() ? target : real.parent_path() / target;
  }
  return real.lexically_normal().string();
}

} // namespace menacedb
