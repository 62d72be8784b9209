#pragma once

#include "core/db/database.hpp"

#include <functional>
#include <optional>
#include <string>

namespace menacedb {

enum class CheckDepth {
  quick,    // PRAGMA quick_check: every page is sound, rows are where they belong
  thorough, // PRAGMA integrity_check: indexes agree with their tables, too
};

// What is wrong with a database in SQLite's words, or none. A file that is no database throws; a
// stop ends it with busy, code "interrupted". `progress` gets the bytes that were read, from
// another thread.
[[nodiscard]] std::optional<std::string>
find_damage(Database& database, CheckDepth depth, const StopFlag& stop,
            const std::function<void(Bytes)>& progress = {});

// Of tables, indexes, views and triggers; the same for two databases with the same schema.
[[nodiscard]] std::string schema_digest(Database& database);

} // namespace menacedb
