#pragma once

#include "core/config/settings.hpp"

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
// The spool that `enqueue` writes to.
[[nodiscard]] const std::string& queue_directory(const Settings& settings);

} // namespace menacedb
