// The part of PosixFs that deals with locks, user attributes and leases.
#include "core/base/error.hpp"
#include "core/os/posix_call.hpp"
#include "core/os/posix_fs.hpp"

#include <sys/file.h>
#include <sys/xattr.h>

#include <array>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace menacedb {

namespace {

int flock_operation(LockMode mode) {
  return mode == LockMode::shared ? LOCK_SH : LOCK_EX;
}

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string attribute_name(const std::string& name) {
  return "user.menacedb." + name;
}

// What a file system or a user without attributes answers; ENOSPC and E2BIG: no room for one more.
bool lacks_attributes(int error_number) {
  switch (error_number) {
  case EOPNOTSUPP:
  case ENOSYS:
  case EPERM:
  case EACCES:
  case EROFS:
  case ENOSPC:
  case EDQUOT:
  case E2BIG:
    return true;
  default:
    return false;
  }
}

} // namespace

bool PosixFs::try_lock(const Fd& file, LockMode mode) {
  const int operation = flock_operation(mode) | LOCK_NB;
  if (retry_interrupted([&] { return ::flock(file.get(), operation); }) == 0) {
    return true;
  }
  if (errno == EWOULDBLOCK) {
    return false;
  }
  throw system_error(errno, "lock", path_of(file));
}

void PosixFs::lock(const Fd& file, LockMode mode) {
  if (retry_interrupted([&] { return ::flock(file.get(), flock_operation(mode)); }) != 0) {
    throw system_error(errno, "lock", path_of(file));
  }
}

void PosixFs::unlock(const Fd& file) {
  if (retry_interrupted([&] { return ::flock(file.get(), LOCK_UN); }) != 0) {
    throw system_error(errno, "unlock", path_of(file));
  }
}

bool PosixFs::try_record_lock(const Fd& file) {
  struct flock lock = whole_file(F_WRLCK);
  if (retry_interrupted([&] { return ::fcntl(file.get(), F_SETLK, &lock); }) == 0) {
    return true;
  }
  if (errno == EACCES || errno == EAGAIN) {
    return false;
  }
  throw system_error(errno, "lock", path_of(file));
}

void PosixFs::unlock_record(const Fd& file) {
  struct flock lock = whole_file(F_UNLCK);
  if (retry_interrupted([&] { return ::fcntl(file.get(), F_SETLK, &lock); }) != 0) {
    throw system_error(errno, "unlock", path_of(file));
  }
}

std::optional<int> PosixFs::record_lock_holder(const Fd& file) {
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(file.get(), F_GETLK, &lock) != 0) {
    throw system_error(errno, "look at the locks of", path_of(file));
  }
  return lock.l_type == F_UNLCK ? std::nullopt : std::optional(static_cast<int>(lock.l_pid));
}

std::optional<std::string> PosixFs::attribute(const Fd& file, const std::string& name) {
  std::array<char, 1024> buffer{};
  const ssize_t size =
      ::fgetxattr(file.get(), attribute_name(name).c_str(), buffer.data(), buffer.size());
  if (size >= 0) {
    return std::string(buffer.data(), static_cast<std::size_t>(size));
  }
  if (errno == ENODATA || lacks_attributes(errno)) {
    return std::nullopt;
  }
  throw system_error(errno, "read the attributes of", path_of(file));
}

bool PosixFs::set_attribute(const Fd& file, const std::string& name, std::string_view value) {
  const std::string full_name = attribute_name(name);
  if (::fsetxattr(file.get(), full_name.c_str(), value.data(), value.size(), 0) == 0) {
    return true;
  }
  if (lacks_attributes(errno)) {
    return false;
  }
  throw system_error(errno, "set an attribute of", path_of(file));
}

std::optional<bool> PosixFs::has_no_writer(const std::string& path) {
  const Fd file = PosixFs::open(path, {.mode = OpenMode::read});
  // A writer that opens the file while we hold the lease makes the kernel signal us: SIGIO, whose
  // default is death, to any thread. SIGURG is ignored by default, so nothing needs blocking.
  if (::fcntl(file.get(), F_SETSIG, SIGURG) != 0) {
    return std::nullopt;
  }
  if (::fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(file.get(), F_SETLEASE, F_UNLCK);
    return true;
  }
  if (errno == EAGAIN) {
    return false;
  }
  return std::nullopt;
}

} // namespace menacedb
