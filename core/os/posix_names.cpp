// The part of PosixFs that deals with names and directories.
#include "core/base/error.hpp"
#include "core/os/posix_call.hpp"
#include "core/os/posix_fs.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace menacedb {

namespace {

constexpr mode_t k_directory_permissions = 0775;

Error create_error(int error_number, const std::string& path) {
  Error error = system_error(error_number, "create directory", path);
  if (error.kind() != ErrorKind::io || error.code() == "disk-full") {
    return error;
  }
  return {ErrorKind::cannot_create, error.code(), error.message()};
}

// Directories may be symlinks: operators move a spool to another disk that way.
bool is_directory(const std::string& path) {
  struct ::stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// A file by the folder that its name is found in.
struct Place {
  int folder = AT_FDCWD;
  const char* name = nullptr;
};

// None: errno says why.
std::optional<Moved> try_rename_new(Place from, Place to) {
  int result = ::renameat2(from.folder, from.name, to.folder, to.name, RENAME_NOREPLACE);
  if (result != 0 && (errno == EINVAL || errno == ENOSYS)) { // not on every file system
    result = ::linkat(from.folder, from.name, to.folder, to.name, 0);
    if (result == 0) {
      result = ::unlinkat(from.folder, from.name, 0);
    }
  }
  if (result == 0) {
    return Moved::done;
  }
  if (errno == EEXIST) {
    return Moved::target_exists;
  }
  const int error_number = errno;
  if (error_number == ENOENT &&
      ::faccessat(from.folder, from.name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) {
    return Moved::source_missing;
  }
  errno = error_number;
  return std::nullopt;
}

FileType file_type(unsigned char directory_type) {
  switch (directory_type) {
  case DT_REG:
    return FileType::regular;
  case DT_DIR:
    return FileType::directory;
  case DT_LNK:
    return FileType::symlink;
  default:
    return FileType::other;
  }
}

// readdir() needs four system calls more, and memory for as many names, for each folder.
constexpr std::size_t k_names = 32u << 10;

// Of records as the kernel gives them. False when the visitor has seen enough.
bool visit_names(std::string_view records, const Fs::Visitor& visitor) {
  while (!records.empty()) {
    decltype(dirent64::d_reclen) length = 0;
    std::memcpy(&length, records.data() + offsetof(dirent64, d_reclen), sizeof length);
    const std::string_view name = records.data() + offsetof(dirent64, d_name); // ends with a zero
    const auto type = static_cast<unsigned char>(records[offsetof(dirent64, d_type)]);
    if (name != "." && name != ".." && !visitor(name, file_type(type))) {
      return false;
    }
    records.remove_prefix(length);
  }
  return true;
}

} // namespace

void PosixFs::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    throw system_error(errno, fmt::format("rename '{}' to", from), to);
  }
}

bool PosixFs::exchange(const std::string& a, const std::string& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) {
    return true;
  }
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
    return false;
  }
  throw system_error(errno, fmt::format("exchange '{}' with", a), b);
}

Moved PosixFs::rename_new(const std::string& from, const std::string& to) {
  const auto moved = try_rename_new({AT_FDCWD, from.c_str()}, {AT_FDCWD, to.c_str()});
  if (!moved) {
    throw system_error(errno, fmt::format("rename '{}' to", from), to);
  }
  return *moved;
}

Moved PosixFs::move_new(const Fd& from, const Fd& to, const std::string& name) {
  const auto moved = try_rename_new({from.get(), name.c_str()}, {to.get(), name.c_str()});
  if (!moved) {
    const int error_number = errno;
    throw system_error(error_number, fmt::format("rename '{}' to", join_path(path_of(from), name)),
                       join_path(path_of(to), name));
  }
  return *moved;
}

bool PosixFs::link(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) {
    return true;
  }
  if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK) {
    return false;
  }
  Error error = system_error(errno, fmt::format("link '{}' to", from), to);
  if (errno == EEXIST) {
    throw Error(ErrorKind::cannot_create, "exists", error.message());
  }
  throw error;
}

bool PosixFs::unlink(const std::string& path) {
  if (::unlink(path.c_str()) == 0) {
    return true;
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return false;
  }
  throw system_error(errno, "delete", path);
}

bool PosixFs::remove_directory(const std::string& path) {
  if (::rmdir(path.c_str()) == 0) {
    return true;
  }
  if (errno == ENOENT || errno == ENOTDIR || errno == ENOTEMPTY || errno == EEXIST) {
    return false;
  }
  throw system_error(errno, "delete folder", path);
}

void PosixFs::set_owner_and_mode(const Fd& file, const FileStat& like) {
  // Only root may give files away; others can at least keep the group, when it is one of theirs.
  // The owner goes first, since a change of it clears bits of the mode.
  [[maybe_unused]] const bool has_kept_group =
      ::fchown(file.get(), like.owner, like.group) == 0 ||
      ::fchown(file.get(), static_cast<uid_t>(-1), like.group) == 0;
  if (::fchmod(file.get(), like.mode & 0777U) != 0) {
    throw system_error(errno, "set the mode of", path_of(file));
  }
}

void PosixFs::make_directories(const std::string& path) {
  if (path.empty() || ::mkdir(path.c_str(), k_directory_permissions) == 0) {
    return;
  }
  const int error_number = errno;
  if (is_directory(path)) {
    return;
  }
  const std::string parent = parent_directory(path);
  if (error_number != ENOENT || parent == path || parent == ".") {
    throw create_error(error_number, path);
  }
  make_directories(parent);
  if (::mkdir(path.c_str(), k_directory_permissions) != 0 && !is_directory(path)) {
    throw create_error(errno, path);
  }
}

std::vector<DirEntry> PosixFs::list(const std::string& path) {
  std::vector<DirEntry> entries;
  PosixFs::visit(path, [&](std::string_view name, FileType type) {
    entries.push_back({.name = std::string(name), .type = type});
    return true;
  });
  return entries;
}

void PosixFs::visit(const std::string& path, const Visitor& visitor) {
  const Fd directory = PosixFs::open_directory(path);
  alignas(dirent64) std::array<char, k_names> records; // NOLINT: the kernel fills it
  for (;;) {
    const ssize_t size = ::getdents64(directory.get(), records.data(), records.size());
    if (size < 0) {
      throw system_error(errno, "list directory", path);
    }
    if (size == 0 || !visit_names({records.data(), static_cast<std::size_t>(size)}, visitor)) {
      return;
    }
  }
}

Fd PosixFs::open_directory(const std::string& path) {
  Fd directory(retry_interrupted(
      [&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK); }));
  if (!directory) {
    throw system_error(errno, "open directory", path);
  }
  return directory;
}

void PosixFs::sync_directory(const std::string& path) {
  const Fd directory = PosixFs::open_directory(path);
  if (::fsync(directory.get()) != 0) {
    throw system_error(errno, "sync directory", path);
  }
}

Bytes PosixFs::free_space(const std::string& directory) {
  struct ::statvfs info {};
  if (retry_interrupted([&] { return ::statvfs(directory.c_str(), &info); }) != 0) {
    throw system_error(errno, "examine the file system of", directory);
  }
  return Bytes{info.f_bavail} * info.f_frsize;
}

} // namespace menacedb
