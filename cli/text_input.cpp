#include "cli/text_input.hpp"

#include "core/base/error.hpp"
#include "core/os/fd.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace menacedb {
namespace {

std::string read_all(int file, const std::string& name, Bytes limit, std::string_view what) {
  std::string text;
  char chunk[16384];
  for (;;) {
    const ssize_t got = ::read(file, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw system_error(errno, "read", name);
    }
    if (got == 0) {
      return text;
    }
    text.append(chunk, static_cast<std::size_t>(got));
    if (text.size() > limit) {
      throw Error(ErrorKind::bad_input, "line-too-long",
                  fmt::format("cannot {}: it is longer than {}", what, format_bytes(limit)))
          .with_hint("menacedb config show queue.max_line");
    }
  }
}

} // namespace

std::string read_text_argument(const std::string& argument, Bytes limit, std::string_view what) {
  if (argument == "-") {
    return read_all(STDIN_FILENO, "standard input", limit, what);
  }
  if (!argument.starts_with('@')) {
    return argument;
  }
  // The user named the file, so links, pipes and the shell's <(command) are as good as any.
  const std::string path = argument.substr(1);
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    throw system_error(errno, "open", path);
  }
  return read_all(file.get(), path, limit, what);
}

} // namespace menacedb
