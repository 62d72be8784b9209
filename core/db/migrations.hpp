#pragma once

#include "core/db/database.hpp"

#include <span>
#include <string_view>

namespace menacedb {

struct Migration {
  int version; // from 1, without gaps
  std::string_view sql;
};

// Brings the schema named `name` (a row of menacedb_schema) to the newest version, each step in a
// transaction of its own; a newer version than known is an Error, kind config. Does nothing, and
// takes no lock, when it is up to date.
void migrate(Database& database, std::string_view name, std::span<const Migration> migrations);

// The version of the schema in the file; 0 when it is not there.
[[nodiscard]] int schema_version_of(Database& database, std::string_view name);

} // namespace menacedb
