#include "core/os/posix_fs.hpp"

#include "core/base/error.hpp"
#include "core/os/posix_call.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <array>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

namespace menacedb {

namespace {

constexpr mode_t k_world_writable = 0002;

int open_flags(const OpenOptions& options) {
  int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  switch (options.mode) {
  case OpenMode::read:
    flags |= O_RDONLY;
    break;
  case OpenMode::append:
    flags |= O_WRONLY | O_APPEND;
    break;
  case OpenMode::read_append:
    flags |= O_RDWR | O_APPEND;
    break;
  case OpenMode::read_write:
    flags |= O_RDWR;
    break;
  }
  if (options.is_fleeting) {
    flags |= O_NOATIME;
  }
  if (options.create) {
    flags |= O_CREAT | (options.exclusive ? O_EXCL : 0);
  }
  return flags;
}

// Like openat(2). O_NONBLOCK, which keeps a FIFO from blocking us, also makes the open fail at once
// when another process holds a lease on the file; has_no_writer() does for microseconds, so such a
// file is tried again, for a second at most. O_NOATIME is for the owner of the file only.
int open_descriptor(int folder, const std::string& path, const OpenOptions& options) {
  int flags = open_flags(options);
  const mode_t permissions = (options.permissions & 0777U) & ~k_world_writable;
  const timespec pause{0, 1'000'000};
  for (int attempt = 0;; ++attempt) {
    const int descriptor =
        retry_interrupted([&] { return ::openat(folder, path.c_str(), flags, permissions); });
    if (descriptor < 0 && errno == EPERM && (flags & O_NOATIME) != 0) {
      flags &= ~O_NOATIME;
      continue;
    }
    if (descriptor >= 0 || errno != EWOULDBLOCK || attempt == 1000) {
      return descriptor;
    }
    ::nanosleep(&pause, nullptr);
  }
}

bool is_symlink(const std::string& path) {
  struct ::stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

Error open_error(int error_number, const std::string& path, const OpenOptions& options) {
  if (error_number == ELOOP && is_symlink(path)) {
    return {
        ErrorKind::denied, "symlink",
        fmt::format("cannot open '{}': it is a symbolic link, and none is followed here", path)};
  }
  const std::string_view action = options.create ? "create" : "open";
  Error error = system_error(error_number, action, path);
  if (error_number == EEXIST) {
    return {ErrorKind::cannot_create, "exists", error.message()};
  }
  if (options.create && error_number == ENOENT) {
    return {ErrorKind::cannot_create, error.code(), error.message()};
  }
  return error;
}

Instant to_instant(const timespec& time) {
  return Instant(std::chrono::floor<Duration>(std::chrono::seconds(time.tv_sec) +
                                              std::chrono::nanoseconds(time.tv_nsec)));
}

FileType file_type(mode_t mode) {
  if (S_ISREG(mode)) {
    return FileType::regular;
  }
  if (S_ISDIR(mode)) {
    return FileType::directory;
  }
  return S_ISLNK(mode) ? FileType::symlink : FileType::other;
}

FileStat to_file_stat(const struct ::stat& info) {
  return {.id = {.device = info.st_dev, .inode = info.st_ino},
          .type = file_type(info.st_mode),
          .size = static_cast<Bytes>(info.st_size),
          .links = info.st_nlink,
          .mode = info.st_mode & 07777U,
          .owner = info.st_uid,
          .group = info.st_gid,
          .changed_at = to_instant(info.st_ctim),
          .modified_at = to_instant(info.st_mtim)};
}

} // namespace

std::string path_of(const Fd& file) {
  std::array<char, 4096> buffer{};
  const std::string link = fmt::format("/proc/self/fd/{}", file.get());
  const ssize_t length = ::readlink(link.c_str(), buffer.data(), buffer.size());
  return length <= 0 ? link : std::string(buffer.data(), static_cast<std::size_t>(length));
}

Fd PosixFs::open(const std::string& path, const OpenOptions& options) {
  const int descriptor = open_descriptor(AT_FDCWD, path, options);
  if (descriptor < 0) {
    throw open_error(errno, path, options);
  }
  return Fd(descriptor);
}

std::optional<Fd> PosixFs::open_if_exists(const std::string& path, const OpenOptions& options) {
  const int descriptor = open_descriptor(AT_FDCWD, path, options);
  if (descriptor >= 0) {
    return Fd(descriptor);
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return std::nullopt;
  }
  throw open_error(errno, path, options);
}

std::optional<Fd> PosixFs::open_in(const Fd& directory, const std::string& name,
                                   const OpenOptions& options) {
  const int descriptor = open_descriptor(directory.get(), name, options);
  if (descriptor >= 0) {
    return Fd(descriptor);
  }
  const int error_number = errno;
  if (error_number == ENOENT) {
    return std::nullopt;
  }
  throw open_error(error_number, join_path(path_of(directory), name), options);
}

std::size_t PosixFs::read_at(const Fd& file, char* buffer, std::size_t size, Bytes offset) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = retry_interrupted([&] {
      return ::pread(file.get(), buffer + done, size - done, static_cast<off_t>(offset + done));
    });
    if (count < 0) {
      throw system_error(errno, "read", path_of(file));
    }
    if (count == 0) {
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::size_t PosixFs::write_once(const Fd& file, std::string_view bytes) {
  const ssize_t count =
      retry_interrupted([&] { return ::write(file.get(), bytes.data(), bytes.size()); });
  if (count < 0) {
    throw system_error(errno, "write", path_of(file));
  }
  return static_cast<std::size_t>(count);
}

Bytes PosixFs::position(const Fd& file) {
  const off_t position = ::lseek(file.get(), 0, SEEK_CUR);
  if (position < 0) {
    throw system_error(errno, "find the position in", path_of(file));
  }
  return static_cast<Bytes>(position);
}

void PosixFs::write_at(const Fd& file, std::string_view bytes, Bytes offset) {
  while (!bytes.empty()) {
    const ssize_t count = retry_interrupted([&] {
      return ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    });
    if (count <= 0) {
      throw system_error(count < 0 ? errno : ENOSPC, "write", path_of(file));
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<Bytes>(count);
  }
}

void PosixFs::truncate(const Fd& file, Bytes size) {
  if (retry_interrupted([&] { return ::ftruncate(file.get(), static_cast<off_t>(size)); }) != 0) {
    throw system_error(errno, "truncate", path_of(file));
  }
}

// The kernel reports a lost page once and forgets it, so a second sync that succeeds says nothing.
void PosixFs::sync(const Fd& file) {
  if (::fsync(file.get()) != 0) {
    throw system_error(errno, "sync", path_of(file));
  }
}

void PosixFs::sync_data(const Fd& file) {
  if (::fdatasync(file.get()) != 0) {
    throw system_error(errno, "sync", path_of(file));
  }
}

std::optional<FileStat> PosixFs::stat(const std::string& path) {
  struct ::stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    return to_file_stat(info);
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return std::nullopt;
  }
  throw system_error(errno, "examine", path);
}

FileStat PosixFs::stat(const Fd& file) {
  struct ::stat info {};
  if (::fstat(file.get(), &info) != 0) {
    throw system_error(errno, "examine", path_of(file));
  }
  return to_file_stat(info);
}

} // namespace menacedb
