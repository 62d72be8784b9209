#include "core/config/config_file.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace menacedb {
namespace {

// Fs does not follow a link in the last component, because a spool must not be led astray. A
// configuration file is the user's own and often a link (dotfile managers, /etc/alternatives).
std::string behind_links(Fs& fs, const std::string& path) {
  const auto stat = fs.stat(path);
  if (!stat || stat->type != FileType::symlink) {
    return path;
  }
  std::error_code failure;
  const auto real = std::filesystem::canonical(path, failure);
  return failure ? path : real.string();
}

// A candidate that cannot even be looked for is absent: `config` may be a file (as in a bare git
// repository) and the home of another user closed.
bool is_out_of_sight(Fs& fs, const std::string& path) {
  try {
    const auto folder = fs.stat(parent_directory(path));
    if (folder && folder->type == FileType::regular) {
      return true;
    }
    return !fs.stat(path).has_value();
  } catch (const Error&) {
    return true;
  }
}

// In one read where the file's size is what it says.
std::string read_up_to_limit(Fs& fs, const Fd& file, std::uint64_t expected) {
  constexpr std::size_t k_step = 16384;
  std::string text;
  std::size_t got = 0;
  std::size_t step = expected == 0 ? k_step : static_cast<std::size_t>(expected) + 1;
  do {
    const std::size_t before = text.size();
    text.resize(before + step);
    got = fs.read_at(file, text.data() + before, step, before);
    text.resize(before + got);
    if (expected > 0 && got == expected) {
      break; // and not one byte more
    }
    step = k_step;
  } while (got > 0 && text.size() <= k_largest_config_file);
  return text;
}

std::optional<std::string> read_open_file(Fs& fs, const Fd& file, const std::string& path,
                                          SettingsBuilder& builder) {
  const FileStat stat = fs.stat(file);
  if (stat.type == FileType::directory) {
    builder.problem({path}, "", "cannot read configuration file: it is a directory");
    return {};
  }
  std::string text = stat.size > k_largest_config_file ? "" : read_up_to_limit(fs, file, stat.size);
  if (stat.size > k_largest_config_file || text.size() > k_largest_config_file) {
    builder.problem({path}, "", "cannot read configuration file: it is larger than 1 MiB");
    return {};
  }
  return text;
}

} // namespace

std::optional<Fd> open_behind_links(Fs& fs, const std::string& path) {
  try {
    return fs.open_if_exists(path, {});
  } catch (const Error&) {
    const std::string real = behind_links(fs, path);
    if (real == path) {
      throw;
    }
    return fs.open_if_exists(real, {});
  }
}

std::optional<std::string> read_config_file(Fs& fs, const std::string& path, bool must_exist,
                                            SettingsBuilder& builder) {
  try {
    const auto file = open_behind_links(fs, path);
    if (file) {
      return read_open_file(fs, *file, path, builder);
    }
    if (must_exist) {
      builder.problem({path}, "", "cannot read configuration file: no such file");
    }
  } catch (const Error& error) {
    if (must_exist || !is_out_of_sight(fs, path)) {
      builder.problem({path}, "", error.message());
    }
  }
  return {};
}

} // namespace menacedb
