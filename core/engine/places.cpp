#include "core/engine/places.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace menacedb {
namespace {

constexpr std::string_view k_id_mark = "<id>";

std::string replace_mark(std::string_view pattern, std::string_view id) {
  std::string path(pattern);
  for (std::size_t at = path.find(k_id_mark); at != std::string::npos;
       at = path.find(k_id_mark, at + id.size())) {
    path.replace(at, k_id_mark.size(), id);
  }
  return path;
}

} // namespace

std::string shared_database_path(const Settings& settings) {
  const std::string& url = settings.text("databases.shared");
  constexpr std::string_view k_sqlite = "sqlite:";
  if (url.starts_with(k_sqlite)) {
    return url.substr(k_sqlite.size());
  }
  if (const std::size_t scheme = url.find("://"); scheme != std::string::npos) {
    throw Error(ErrorKind::config, "store-unsupported",
                fmt::format("cannot open the shared store '{}': no plugin provides '{}'",
                            printable(url), printable(url.substr(0, scheme))))
        .with_hint("menacedb config show databases.shared --origin");
  }
  return url;
}

std::string local_database_path(const Settings& settings, std::string_view origin) {
  const std::string& pattern = settings.text("databases.local");
  const bool is_directory =
      pattern.ends_with('/') || std::filesystem::is_directory(std::filesystem::path(pattern));
  if (!is_directory && pattern.find(k_id_mark) == std::string::npos) {
    return pattern;
  }
  if (!is_safe_id(origin)) {
    throw Error(ErrorKind::denied, "unsafe-id",
                fmt::format("cannot name the local database of '{}': the id may hold letters, "
                            "digits, '_', '-' and '.' only and must not be reserved",
                            printable(origin)));
  }
  if (is_directory) {
    return (std::filesystem::path(pattern) / (std::string(origin) + ".db")).string();
  }
  return replace_mark(pattern, origin);
}

const std::string& queue_directory(const Settings& settings) {
  return settings.text("queue.dir");
}

} // namespace menacedb
