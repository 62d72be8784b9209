#include "file_call.hpp"

#include "traced_process.hpp"

#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace {

using Kind = FileCall::Kind;

constexpr auto k_here = static_cast<std::uint64_t>(AT_FDCWD);

// Of the name that a call was given, against the directory that it was given.
std::string named_path(pid_t thread, std::uint64_t directory, std::uint64_t name) {
  const std::string text = traced::read_text(thread, name);
  std::string base;
  if (text.empty() || text.front() != '/') {
    base = traced::link_target(static_cast<int>(directory) == AT_FDCWD
                                   ? traced::proc(thread, "cwd")
                                   : traced::descriptor(thread, directory));
  }
  return (std::filesystem::path(base) / text).lexically_normal().string();
}

bool may_create(std::uint64_t flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0;
}

FileCall with_descriptor(pid_t thread, Kind kind, std::uint64_t descriptor) {
  FileCall call;
  call.kind = kind;
  call.descriptor = descriptor;
  call.path = traced::descriptor(thread, descriptor);
  return call;
}

std::string inode_of(const std::string& path) {
  struct ::stat info {};
  return ::stat(path.c_str(), &info) == 0 ? std::to_string(info.st_ino) : "0";
}

// SQLite's index of its log is mapped, and built anew when nobody has it open.
bool is_index(const std::string& path) {
  return path.size() > 4 && path.compare(path.size() - 4, 4, "-shm") == 0;
}

bool is_changing_map(const FileCalls::Arguments& args) {
  return (args[2] & PROT_WRITE) != 0 && (args[3] & MAP_TYPE) != MAP_PRIVATE &&
         (args[3] & MAP_ANONYMOUS) == 0;
}

std::string unknown_line(const FileCall& call) {
  return "unknown " + std::to_string(call.number);
}

std::string write_line(pid_t thread, const FileCall& call, std::int64_t size) {
  const std::int64_t offset = call.value ? static_cast<std::int64_t>(*call.value)
                                         : traced::position(thread, call.descriptor) - size;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  const int file = ::open(call.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t count = ::pread(file, bytes.data(), bytes.size(), offset);
  ::close(file);
  return count != size
             ? unknown_line(call)
             : "write " + inode_of(call.path) + " " + std::to_string(offset) + " " + to_hex(bytes);
}

std::string open_line(pid_t thread, const FileCall& call, std::int64_t descriptor) {
  const std::string opened = traced::descriptor(thread, static_cast<std::uint64_t>(descriptor));
  const bool truncates = (call.value.value_or(0) & O_TRUNC) != 0;
  return "open " + inode_of(opened) + (truncates ? " 1 " : " 0 ") + to_hex(call.path);
}

} // namespace

std::string to_hex(const std::string& bytes) {
  constexpr const char* k_digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text.push_back(k_digits[static_cast<unsigned char>(byte) >> 4U]);
    text.push_back(k_digits[static_cast<unsigned char>(byte) & 15U]);
  }
  return text.empty() ? "-" : text;
}

bool FileCalls::is_inside(const std::string& path) const {
  return path == m_root || path.compare(0, m_root.size() + 1, m_root + "/") == 0;
}

std::optional<FileCall> FileCalls::read(pid_t thread, long number, const Arguments& args) const {
  auto call = decode(thread, number, args);
  if (!call) {
    return std::nullopt;
  }
  call->number = number;
  const bool is_descriptor = call->path.compare(0, 6, "/proc/") == 0;
  const std::string path = is_descriptor ? traced::link_target(call->path) : call->path;
  const bool is_ours = is_inside(path) || is_inside(call->other);
  return is_ours && !is_index(path) ? call : std::nullopt;
}

// Calls on descriptors.
std::optional<FileCall> FileCalls::decode(pid_t thread, long number, const Arguments& args) {
  FileCall call;
  switch (number) {
  case SYS_write:
  case SYS_writev:
  case SYS_sendfile:
    return with_descriptor(thread, Kind::write, args[0]);
  case SYS_pwrite64:
  case SYS_pwritev:
    call = with_descriptor(thread, Kind::write, args[0]);
    call.value = args[3];
    return call;
  case SYS_copy_file_range:
    return with_descriptor(thread, args[3] == 0 ? Kind::write : Kind::unknown, args[2]);
  case SYS_ftruncate:
    call = with_descriptor(thread, Kind::truncate, args[0]);
    call.value = args[1];
    return call;
  case SYS_fsync:
    return with_descriptor(thread, Kind::sync, args[0]);
  case SYS_fdatasync:
    return with_descriptor(thread, Kind::sync_data, args[0]);
  case SYS_fsetxattr:
    call = with_descriptor(thread, Kind::attribute, args[0]);
    call.name = traced::read_text(thread, args[1]);
    call.bytes = traced::read_memory(thread, args[2], args[3]);
    return call;
  case SYS_pwritev2:
  case SYS_fremovexattr:
  case SYS_fallocate:
    return with_descriptor(thread, Kind::unknown, args[0]);
  case SYS_splice:
    return with_descriptor(thread, Kind::unknown, args[2]);
  case SYS_mmap:
    return is_changing_map(args) ? std::optional(with_descriptor(thread, Kind::unknown, args[4]))
                                 : std::nullopt;
  default:
    return decode_named(thread, number, args);
  }
}

std::optional<FileCall> FileCalls::decode_named(pid_t thread, long number, const Arguments& args) {
  FileCall call;
  switch (number) {
  case SYS_openat:
    if (!may_create(args[2])) {
      return std::nullopt;
    }
    call.kind = Kind::open;
    call.value = args[2];
    break;
  case SYS_renameat:
  case SYS_renameat2:
    call.kind =
        number == SYS_renameat2 && (args[4] & RENAME_EXCHANGE) != 0 ? Kind::exchange : Kind::rename;
    call.other = named_path(thread, args[2], args[3]);
    break;
  case SYS_linkat:
    call.kind = Kind::link;
    call.other = named_path(thread, args[2], args[3]);
    break;
  case SYS_unlinkat:
    call.kind = (args[2] & AT_REMOVEDIR) != 0 ? Kind::rmdir : Kind::unlink;
    break;
  case SYS_mkdirat:
    call.kind = Kind::mkdir;
    break;
  case SYS_openat2:
  case SYS_symlinkat:
  case SYS_mknodat:
    break;
  case SYS_truncate:
  case SYS_setxattr:
  case SYS_lsetxattr:
    call.path = named_path(thread, k_here, args[0]);
    return call;
  default:
    return decode_old(thread, number, args);
  }
  call.path = named_path(thread, args[0], args[1]);
  return call;
}

// Calls that only the older architectures have.
std::optional<FileCall> FileCalls::decode_old([[maybe_unused]] pid_t thread,
                                              [[maybe_unused]] long number,
                                              [[maybe_unused]] const Arguments& args) {
#ifdef SYS_open
  FileCall call;
  switch (number) {
  case SYS_open:
    if (!may_create(args[1])) {
      return std::nullopt;
    }
    call.kind = Kind::open;
    call.value = args[1];
    break;
  case SYS_creat:
    call.kind = Kind::open;
    call.value = O_TRUNC;
    break;
  case SYS_rename:
  case SYS_link:
    call.kind = number == SYS_rename ? Kind::rename : Kind::link;
    call.other = named_path(thread, k_here, args[1]);
    break;
  case SYS_unlink:
    call.kind = Kind::unlink;
    break;
  case SYS_mkdir:
    call.kind = Kind::mkdir;
    break;
  case SYS_rmdir:
    call.kind = Kind::rmdir;
    break;
  default:
    return std::nullopt;
  }
  call.path = named_path(thread, k_here, args[0]);
  return call;
#else
  return std::nullopt;
#endif
}

std::string FileCalls::line(pid_t thread, const FileCall& call, std::int64_t result) {
  switch (call.kind) {
  case Kind::open:
    return open_line(thread, call, result);
  case Kind::write:
    return write_line(thread, call, result);
  case Kind::truncate:
    return "truncate " + inode_of(call.path) + " " + std::to_string(*call.value);
  case Kind::sync:
    return "sync " + inode_of(call.path) + " 1";
  case Kind::sync_data:
    return "sync " + inode_of(call.path) + " 0";
  case Kind::rename:
    return "rename 0 " + to_hex(call.path) + " " + to_hex(call.other);
  case Kind::exchange:
    return "rename 1 " + to_hex(call.path) + " " + to_hex(call.other);
  case Kind::link:
    return "link " + to_hex(call.path) + " " + to_hex(call.other);
  case Kind::unlink:
    return "unlink " + to_hex(call.path);
  case Kind::mkdir:
    return "mkdir " + inode_of(call.path) + " " + to_hex(call.path);
  case Kind::rmdir:
    return "rmdir " + to_hex(call.path);
  case Kind::attribute:
    return "attribute " + inode_of(call.path) + " " + to_hex(call.name) + " " + to_hex(call.bytes);
  case Kind::unknown:
    return unknown_line(call);
  }
  return unknown_line(call);
}
