#include "core/engine/places.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/db/database.hpp"

#include <fmt/format.h>

#include <algorithm>
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

std::vector<NamedDatabase> configured_databases(const Settings& settings) {
  std::vector<NamedDatabase> databases;
  const auto add = [&databases](std::string name, std::string path) {
    const bool is_known = std::ranges::any_of(databases, [&](const NamedDatabase& database) {
      return real_database_path(database.path) == real_database_path(path);
    });
    if (!is_known) {
      databases.push_back({std::move(name), std::move(path)});
    }
  };
  add("shared", shared_database_path(settings));
  add("local", local_database_path(settings, settings.text("instance.id")));
  if (std::optional<std::string> own = own_database_path(settings)) {
    add("sql", *std::move(own));
  }
  return databases;
}

std::vector<NamedDatabase> databases_named(Fs& fs, const Settings& settings,
                                           const std::vector<std::string>& words) {
  std::vector<NamedDatabase> databases = configured_databases(settings);
  if (words.empty()) {
    std::erase_if(databases,
                  [&](const NamedDatabase& database) { return !fs.stat(database.path); });
    return databases;
  }
  std::vector<NamedDatabase> named;
  for (const std::string& word : words) {
    const auto known =
        std::find_if(databases.begin(), databases.end(),
                     [&](const NamedDatabase& database) { return database.name == word; });
    named.push_back(known == databases.end() ? NamedDatabase{"", word} : *known);
    expect_database(fs, named.back().path);
  }
  return named;
}

void expect_database(Fs& fs, const std::string& path) {
  if (!fs.stat(real_database_path(path))) {
    throw Error(ErrorKind::cannot_create, "not-found",
                fmt::format("cannot open '{}': no such file", path))
        .with_hint("menacedb config show databases");
  }
}

std::optional<std::string> own_database_path(const Settings& settings) {
  if (const std::string& path = settings.text("dir_queue.database"); !path.empty()) {
    return path;
  }
  const std::string old = ".hive-mind/hive.db";
  std::error_code unknown;
  return std::filesystem::exists(old, unknown) ? std::optional(old) : std::nullopt;
}

std::string dir_home_path(const Settings& settings) {
  const std::optional<std::string> own = own_database_path(settings);
  return own ? *own : shared_database_path(settings);
}

const std::string& queue_directory(const Settings& settings) {
  return settings.text("queue.dir");
}

std::string worker_log_path(const Settings& settings) {
  const std::string& path = settings.text("worker.log");
  return path.empty() ? join_path(settings.text("dir_queue.dir"), "worker.log") : path;
}

} // namespace menacedb
