#include "core/os/watch_files.hpp"

#include "core/os/fs.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <string_view>

namespace menacedb {
namespace {

constexpr int k_most_links = 40; // the kernel's own limit

using Components = std::deque<std::string>;
using Names = FileSet::Names;

Components components_of(std::string_view path) {
  Components components;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0 && path.substr(0, end) != ".") {
      components.emplace_back(path.substr(0, end));
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return components;
}

std::string start_of(std::string_view path) {
  return path.starts_with('/') ? "/" : ".";
}

// The folders and the names in them on which it depends what a path leads to.
class Trail {
public:
  explicit Trail(const FileSet& set) {
    for (const std::string& file : set.files) {
      follow(file);
    }
    for (const std::string& folder : set.folders) {
      follow(join_path(folder, ".any")); // a name that is never there: the folder's own way
    }
  }

  [[nodiscard]] std::vector<std::string> folders() const {
    return {m_folders.begin(), m_folders.end()};
  }
  [[nodiscard]] Names names() const { return m_names; }

private:
  void add(const std::string& folder, const std::string& name) {
    m_folders.insert(folder);
    m_names.insert(name);
  }
  void follow(const std::string& path);

  Names m_folders;
  Names m_names;
};

void Trail::follow(const std::string& path) {
  Components left = components_of(path);
  std::string at = start_of(path);
  for (int links = 0; !left.empty();) {
    const std::string name = std::move(left.front());
    left.pop_front();
    const std::string next = join_path(at, name);
    std::error_code failure;
    const bool is_link = std::filesystem::is_symlink(next, failure);
    if (left.empty() || is_link) {
      add(at, name);
    }
    if (!is_link) {
      at = next;
      continue;
    }
    const std::string target = std::filesystem::read_symlink(next, failure);
    if (failure || ++links > k_most_links) {
      return;
    }
    at = target.starts_with('/') ? "/" : at;
    const Components more = components_of(target);
    left.insert(left.begin(), more.begin(), more.end());
  }
}

} // namespace

Watcher watch_files(const FileSet& set) {
  const Trail trail(set);
  const auto counts = [names = trail.names(), suffix = set.suffix](std::string_view name) {
    return names.contains(name) || (!suffix.empty() && name.ends_with(suffix));
  };
  return Watcher(trail.folders(), counts, Watcher::Events::finished);
}

} // namespace menacedb
