#include "core/os/named_file.hpp"

#include "core/base/error.hpp"
#include "core/os/posix_call.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace menacedb {
namespace {

[[nodiscard]] int open_descriptor(const std::string& path) {
  if (path == "-") {
    return ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  }
  // O_NONBLOCK: a FIFO without a writer must not hang the command.
  return retry_interrupted(
      [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); });
}

[[nodiscard]] struct ::stat stat_of(const Fd& file, const std::string& name) {
  struct ::stat info {};
  if (::fstat(file.get(), &info) != 0) {
    throw system_error(errno, "examine", name);
  }
  return info;
}

} // namespace

NamedFile::NamedFile(const std::string& path)
    : m_name(path == "-" ? "standard input" : path), m_file(open_descriptor(path)) {
  if (!m_file) {
    throw system_error(errno, "open", m_name);
  }
  const struct ::stat info = stat_of(m_file, m_name);
  if (S_ISDIR(info.st_mode)) {
    throw Error(ErrorKind::bad_input, "not-a-file",
                fmt::format("cannot read '{}': it is a directory", m_name));
  }
  m_id = {.device = info.st_dev, .inode = info.st_ino};
}

std::size_t NamedFile::read(char* buffer, std::size_t size) {
  for (;;) {
    const ssize_t count = retry_interrupted([&] { return ::read(m_file.get(), buffer, size); });
    if (count >= 0) {
      return static_cast<std::size_t>(count);
    }
    if (errno != EAGAIN) {
      throw system_error(errno, "read", m_name);
    }
    pollfd readable{.fd = m_file.get(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, -1);
  }
}

Bytes NamedFile::size() const {
  return static_cast<Bytes>(stat_of(m_file, m_name).st_size);
}

} // namespace menacedb
