#include "core/engine/worker/policy_files.hpp"

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/config/config_file.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr std::size_t k_digest_digits = 16;

// The files of the set and, by now, of its folders.
FileSet::Names files_of(Fs& fs, const FileSet& set) {
  FileSet::Names files = set.files;
  for (const std::string& folder : set.folders) {
    try {
      fs.visit(folder, [&](std::string_view name, FileType) {
        if (name.ends_with(set.suffix)) {
          files.insert(join_path(folder, name));
        }
        return true;
      });
    } catch (const Error&) {
      files.insert(folder); // gone, or closed to us: it is looked at as a file
    }
  }
  return files;
}

// As much as a policy's loader would read; none when it is not there.
std::optional<std::string> content_of(Fs& fs, const std::string& path) {
  const std::optional<Fd> file = open_behind_links(fs, path);
  if (!file) {
    return std::nullopt;
  }
  const FileStat stat = fs.stat(*file);
  if (stat.type != FileType::regular || stat.size > k_largest_config_file) {
    return fmt::format("type {} size {}", static_cast<int>(stat.type), stat.size);
  }
  std::string text(stat.size, '\0');
  text.resize(fs.read_at(*file, text.data(), text.size(), 0));
  return text;
}

bool is_being_written(Fs& fs, const std::string& path) {
  try {
    return fs.has_no_writer(path) == false;
  } catch (const Error&) { // such as a link: then its close will tell
    return false;
  }
}

} // namespace

FileSet no_policy_files() {
  FileSet set;
  set.suffix = ".toml";
  return set;
}

void add_policy_files(FileSet& set, const Settings& settings) {
  for (const ConfigFile& file : settings.files()) {
    set.files.insert(file.path);
    if (file.kind == "project") {
      set.folders.insert(join_path(parent_directory(file.path), "menacedb.d"));
    }
  }
}

PolicyContent read_policy_content(Fs& fs, const FileSet& set) {
  PolicyContent content;
  Sha256 hash;
  for (const std::string& path : files_of(fs, set)) {
    std::string state = "absent";
    std::optional<std::string> text;
    try {
      text = content_of(fs, path);
      content.count += text ? 1 : 0;
      content.is_being_written |= text && is_being_written(fs, path);
      state = text ? "present" : state;
    } catch (const Error& error) {
      state = error.code();
    }
    hash.update(fmt::format("{} {} {} ", path, state, text ? text->size() : 0));
    hash.update(text.value_or(""));
  }
  content.digest = to_hex(hash.finish()).substr(0, k_digest_digits);
  return content;
}

} // namespace menacedb
