#include "core/os/fs.hpp"

#include "core/base/error.hpp"
#include "core/os/posix_call.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {

namespace {

Error too_large(const std::string& path, Bytes limit) {
  return {ErrorKind::bad_input, "too-large",
          fmt::format("cannot read '{}': it is larger than {}", path, format_bytes(limit))};
}

std::string temporary_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return join_path(parent_directory(path), fmt::format(".{}.{}.tmp", name, random_hex(6)));
}

enum class Synced { no, yes };

void unlink_quietly(Fs& fs, const std::string& path) noexcept {
  try {
    (void)fs.unlink(path);
  } catch (const Error&) {
    // The error that brought us here is the one worth telling.
  }
}

// Everything before the rename.
void write_new_file(Fs& fs, const std::string& temporary, const std::string& path,
                    std::string_view content, Synced synced) {
  const Fd file = fs.open(temporary, {.mode = OpenMode::append, .create = true, .exclusive = true});
  if (const auto old = fs.stat(path); old && old->type == FileType::regular) {
    fs.set_owner_and_mode(file, *old);
  }
  fs.write_all(file, content);
  if (synced == Synced::yes) {
    fs.sync(file);
  }
}

void replace(Fs& fs, const std::string& path, std::string_view content, Synced synced) {
  const std::string temporary = temporary_name(path);
  try {
    write_new_file(fs, temporary, path, content, synced);
    fs.rename(temporary, path);
  } catch (const Error&) {
    unlink_quietly(fs, temporary);
    throw;
  }
}

} // namespace

void Fs::write_all(const Fd& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t count = write_once(file, bytes);
    if (count == 0) {
      throw system_error(ENOSPC, "write", path_of(file)); // no error, no progress: do not spin
    }
    bytes.remove_prefix(count);
  }
}

std::string read_file(Fs& fs, const std::string& path, Bytes limit) {
  const Fd file = fs.open(path, {.mode = OpenMode::read});
  const FileStat info = fs.stat(file);
  if (info.type != FileType::regular) {
    throw Error(ErrorKind::bad_input, "not-a-file",
                fmt::format("cannot read '{}': it is not a regular file", path));
  }
  std::string content;
  // One byte more than there should be, to see the end, or growth.
  std::size_t wanted = static_cast<std::size_t>(std::min(info.size, limit)) + 1;
  for (;;) {
    const std::size_t begin = content.size();
    content.resize(begin + wanted);
    const std::size_t count = fs.read_at(file, content.data() + begin, wanted, begin);
    content.resize(begin + count);
    if (content.size() > limit) {
      throw too_large(path, limit);
    }
    if (count < wanted) {
      return content;
    }
    wanted = static_cast<std::size_t>(std::min<Bytes>(limit - content.size(), 65536)) + 1;
  }
}

void replace_file(Fs& fs, const std::string& path, std::string_view content) {
  replace(fs, path, content, Synced::yes);
  fs.sync_directory(parent_directory(path));
}

void replace_file_unsynced(Fs& fs, const std::string& path, std::string_view content) {
  replace(fs, path, content, Synced::no);
}

std::string parent_directory(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) {
    return path.empty() ? "." : "/";
  }
  const std::size_t slash = path.rfind('/', end);
  if (slash == std::string::npos) {
    return ".";
  }
  const std::size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

std::string join_path(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') {
    path += '/';
  }
  path += name;
  return path;
}

} // namespace menacedb
