#pragma once

#include "core/db/database.hpp"

#include <string>

namespace menacedb {

// menacedb's own tables in a store (menacedb-queue(5)). Makes or upgrades them.
void migrate_store(Database& database);
// Whether they are there, as far as this program knows them; takes no lock.
[[nodiscard]] bool has_store_schema(Database& database);
// 0 when they are not there; newer than newest_store_schema() when a newer menacedb made them.
[[nodiscard]] int store_schema_version(Database& database);
[[nodiscard]] int newest_store_schema();
// The random id of this store, made with its tables. A copy that is put to use beside the original
// needs a new one (renew_store_id), or its forwarded entries are taken for the original's.
[[nodiscard]] std::string store_id(Database& database);
void renew_store_id(Database& database);

} // namespace menacedb
