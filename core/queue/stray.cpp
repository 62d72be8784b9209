#include "core/queue/stray.hpp"

#include <fmt/format.h>

namespace menacedb {

std::optional<std::string> why_stray(const FileStat& stat) {
  switch (stat.type) {
  case FileType::directory:
    return "is a directory";
  case FileType::symlink:
    return "is a symbolic link";
  case FileType::other:
    return "is not a regular file";
  case FileType::regular:
    break;
  }
  if (stat.links > 1) {
    return fmt::format("has {} hard links", stat.links);
  }
  return std::nullopt;
}

std::string_view why_unreadable() noexcept {
  return "cannot be read: permission denied";
}

std::string_view why_misnamed() noexcept {
  return "has a name that begins with a dot, is too long or holds control characters";
}

Error stray_error(std::string_view action, std::string_view path, std::string_view reason) {
  return Error(ErrorKind::denied, "stray",
               fmt::format("cannot {} '{}': it {}", action, path, reason))
      .with_hint("a queue file is a regular file with one link: move that one away");
}

void StrayReporter::report(const std::string& path, std::string_view reason) {
  constexpr std::size_t k_most = 10'000; // whoever makes endless names shall not fill the memory
  if (m_reported.size() < k_most && m_reported.insert(path).second) {
    m_log.event(LogLevel::warning, "stray", {{"path", path}, {"reason", std::string(reason)}});
  }
}

} // namespace menacedb
