#pragma once

#include "core/config/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Where the settings put things. Paths are as configured: relative ones are the working
// directory's.

// The file of the shared store: a path, or `sqlite:PATH`. Other URL schemes need a plugin: Error
// kind config, code "store-unsupported".
[[nodiscard]] std::string shared_database_path(const Settings& settings);
// The local database of an origin: `<id>` in [databases] local stands for it, and a directory means
// `<id>.db` in it. Error kind denied, code "unsafe-id", when the origin may not become part of a
// path.
[[nodiscard]] std::string local_database_path(const Settings& settings, std::string_view origin);

// A database as the commands of care name it: "shared", "local", "sql" (the one that SQL entries
// have for themselves) or a path.
struct NamedDatabase {
  std::string name; // empty: given by its path
  std::string path;
};
// The configured ones, whether they exist or not; one that serves as several has its first name.
[[nodiscard]] std::vector<NamedDatabase> configured_databases(const Settings& settings);
// What the words of a command line name (a file called shared is ./shared); without any, the
// configured ones that exist.
[[nodiscard]] std::vector<NamedDatabase> databases_named(Fs& fs, const Settings& settings,
                                                         const std::vector<std::string>& words);
// Throws cannot_create, code "not-found", when there is no such file.
void expect_database(Fs& fs, const std::string& path);
// The database that SQL entries have for themselves: [dir_queue] database (HIVE_DB), else the old
// shell library's .hive-mind/hive.db when that exists.
[[nodiscard]] std::optional<std::string> own_database_path(const Settings& settings);
// The home store of the queue of SQL writes: the same, else the shared one.
[[nodiscard]] std::string dir_home_path(const Settings& settings);
// The spool that `enqueue` writes to.
[[nodiscard]] const std::string& queue_directory(const Settings& settings);

// [worker] log, or worker.log of the directory queue, where old scripts look.
[[nodiscard]] std::string worker_log_path(const Settings& settings);

} // namespace menacedb
