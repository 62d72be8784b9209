#include "core/audit/audit_generations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace menacedb {
namespace {

unsigned generation_of(std::string_view name, std::string_view stem) {
  unsigned generation = 0;
  if (name.size() <= stem.size() + 1 || !name.starts_with(stem) || name[stem.size()] != '.' ||
      name[stem.size() + 1] == '0') {
    return 0;
  }
  const char* const end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data() + stem.size() + 1, end, generation);
  return error == std::errc{} && at == end ? generation : 0;
}

std::set<unsigned> present_generations(Fs& fs, const std::string& path) {
  const std::string stem = path.substr(path.rfind('/') + 1);
  std::set<unsigned> present;
  for (const DirEntry& entry : fs.list(parent_directory(path))) {
    if (const unsigned generation = generation_of(entry.name, stem)) {
      present.insert(generation);
    }
  }
  return present;
}

} // namespace

std::string generation_path(const std::string& path, unsigned generation) {
  return fmt::format("{}.{}", path, generation);
}

std::vector<std::string> list_generations(Fs& fs, const std::string& path) {
  const std::string folder = parent_directory(path);
  const std::string stem = path.substr(path.rfind('/') + 1);
  std::vector<std::string> found;
  if (!fs.stat(folder)) {
    return found;
  }
  for (const DirEntry& entry : fs.list(folder)) {
    std::string_view name = entry.name;
    for (const std::string_view packed : {".gz", ".zst"}) {
      if (name.ends_with(packed)) {
        name.remove_suffix(packed.size());
        break;
      }
    }
    if (generation_of(name, stem) > 0) {
      found.push_back(join_path(folder, entry.name));
    }
  }
  return found;
}

// Every writer holds a shared lock for as long as it has the file open.
bool remove_generation(Fs& fs, const std::string& generation) {
  const auto file = fs.open_if_exists(generation, {.mode = OpenMode::read});
  return file && fs.try_lock(*file, LockMode::exclusive) && fs.unlink(generation);
}

void rotate_generations(Fs& fs, const std::string& path, unsigned backups) {
  const std::set<unsigned> present = present_generations(fs, path);
  unsigned gap = 1;
  while (present.contains(gap)) {
    ++gap;
  }
  for (; gap > 1; --gap) {
    fs.rename(generation_path(path, gap - 1), generation_path(path, gap));
  }
  fs.rename(path, generation_path(path, 1));
  for (const unsigned generation : present_generations(fs, path)) {
    if (generation > backups) {
      remove_generation(fs, generation_path(path, generation));
    }
  }
}

} // namespace menacedb
