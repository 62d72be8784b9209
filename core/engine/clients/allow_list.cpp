#include "core/engine/clients/allow_list.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <fnmatch.h>

namespace menacedb {
namespace {

[[nodiscard]] std::string_view without_dot(std::string_view path) {
  while (path.starts_with("./")) {
    path.remove_prefix(2);
  }
  return path;
}

[[nodiscard]] bool matches(const std::string& pattern, const std::string& path) {
  const std::string plain(without_dot(path));
  if (pattern.ends_with('/')) {
    return plain.starts_with(pattern);
  }
  return plain == pattern || ::fnmatch(pattern.c_str(), plain.c_str(), 0) == 0;
}

} // namespace

AllowList::AllowList(std::string_view text, const std::string& path) {
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view reason = trim(line.substr(blank));
    if (reason.empty() || reason.starts_with('#')) {
      throw Error(ErrorKind::config, "allow-list",
                  fmt::format("{}:{}: cannot allow '{}': the reason is missing", path, number,
                              line.substr(0, blank)))
          .with_hint("write the reason behind the path: tools/migrate.py  runs before the router");
    }
    m_entries.push_back({std::string(without_dot(line.substr(0, blank))), std::string(reason),
                         number, false, false});
  }
}

bool AllowList::allows(const std::string& path) {
  bool is_allowed = false;
  for (Entry& entry : m_entries) {
    if (matches(entry.pattern, path)) {
      is_allowed = entry.is_used = true;
    }
  }
  return is_allowed;
}

void AllowList::saw(const std::string& path) {
  for (Entry& entry : m_entries) {
    entry.was_seen = entry.was_seen || matches(entry.pattern, path);
  }
}

} // namespace menacedb
