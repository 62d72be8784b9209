// The part of FaultFs that deals with names and directories.
#include "core/base/error.hpp"
#include "core/os/posix_call.hpp"
#include "tests/support/fault_fs.hpp"

#include <cerrno>

namespace menacedb::test {

void FaultFs::rename(const std::string& from, const std::string& to) {
  check(FsCall::rename, from + " -> " + to);
  PosixFs::rename(from, to);
}

bool FaultFs::exchange(const std::string& a, const std::string& b) {
  const int error_number = enter(FsCall::exchange, a + " -> " + b);
  if (error_number == EINVAL || error_number == ENOSYS) {
    return false;
  }
  if (error_number != 0) {
    throw system_error(error_number, "exchange", a);
  }
  return PosixFs::exchange(a, b);
}

Moved FaultFs::rename_new(const std::string& from, const std::string& to) {
  check(FsCall::rename, from + " -> " + to);
  return PosixFs::rename_new(from, to);
}

bool FaultFs::link(const std::string& from, const std::string& to) {
  check(FsCall::link, from + " -> " + to);
  return PosixFs::link(from, to);
}

bool FaultFs::unlink(const std::string& path) {
  if (is_missing(FsCall::unlink, path)) {
    return false;
  }
  return PosixFs::unlink(path);
}

bool FaultFs::remove_directory(const std::string& path) {
  check(FsCall::unlink, path);
  return PosixFs::remove_directory(path);
}

void FaultFs::set_owner_and_mode(const Fd& file, const FileStat& like) {
  check(FsCall::set_mode, file);
  PosixFs::set_owner_and_mode(file, like);
}

void FaultFs::make_directories(const std::string& path) {
  check(FsCall::make_directories, path);
  PosixFs::make_directories(path);
}

std::vector<DirEntry> FaultFs::list(const std::string& path) {
  check(FsCall::list, path);
  return PosixFs::list(path);
}

void FaultFs::visit(const std::string& path, const Visitor& entry) {
  check(FsCall::list, path);
  PosixFs::visit(path, entry);
}

// Of a device that fills up, what is left there.
Bytes FaultFs::free_space(const std::string& directory) {
  check(FsCall::free_space, directory);
  const std::lock_guard guard(m_mutex);
  return m_room ? *m_room : PosixFs::free_space(directory);
}

void FaultFs::sync_directory(const std::string& path) {
  check(FsCall::sync_directory, path);
  PosixFs::sync_directory(path);
}

Fd FaultFs::open_directory(const std::string& path) {
  check(FsCall::open_directory, path);
  return PosixFs::open_directory(path);
}

std::optional<Fd> FaultFs::open_in(const Fd& directory, const std::string& name,
                                   const OpenOptions& options) {
  const std::string path = join_path(path_of(directory), name);
  if (is_missing(FsCall::open, path)) {
    return std::nullopt;
  }
  return PosixFs::open_in(directory, name, options);
}

Moved FaultFs::move_new(const Fd& from, const Fd& to, const std::string& name) {
  check(FsCall::rename, join_path(path_of(from), name) + " -> " + join_path(path_of(to), name));
  return PosixFs::move_new(from, to, name);
}

} // namespace menacedb::test
