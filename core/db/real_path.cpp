#include "core/db/database.hpp"

#include <climits>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace menacedb {
namespace {

// As many as Linux follows.
constexpr int k_max_links = 40;

// The folder may not exist yet; then the part of it that does is resolved.
std::string real_folder(const std::string& folder) {
  std::array<char, PATH_MAX> buffer{};
  if (::realpath(folder.c_str(), buffer.data()) != nullptr) {
    return buffer.data();
  }
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path absolute = fs::absolute(folder, ignored);
  const fs::path canonical = fs::weakly_canonical(absolute, ignored);
  return (canonical.empty() ? absolute : canonical).lexically_normal().string();
}

std::string with_real_folder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") { // no file: whatever it is, it is a folder
    return real_folder(path);
  }
  std::string folder = real_folder(slash == std::string::npos ? "."
                                   : slash == 0               ? "/"
                                                              : path.substr(0, slash));
  return folder + (folder.ends_with('/') ? "" : "/") + name;
}

// Empty when it is no symbolic link.
std::string link_target(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlink(path.c_str(), buffer.data(), buffer.size());
  return size <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
}

} // namespace

// weakly_canonical leaves a link alone whose target does not exist yet; SQLite would create the
// target. Both spellings must give one lock file, so the last component is followed by hand.
std::string real_database_path(const std::string& path) {
  std::string real = path;
  for (int links = 0; links < k_max_links; ++links) {
    real = with_real_folder(real);
    const std::string target = link_target(real);
    if (target.empty()) {
      break;
    }
    real = target.front() == '/' ? target : real.substr(0, real.rfind('/') + 1) + target;
  }
  return real;
}

} // namespace menacedb
