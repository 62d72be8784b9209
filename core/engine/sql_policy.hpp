#pragma once

#include "core/config/settings.hpp"
#include "core/store/sql_policy.hpp"

#include <string>

namespace menacedb {

// What SQL entries may do in the database at `path` (CONTRACTS section 0): in the shared and local
// stores only the tables that are declared for them, in a database of its own all but the denied
// ones and, with [dir_queue] ddl, the schema. Independent of `settings` afterwards.
[[nodiscard]] SqlPolicy make_sql_policy(const Settings& settings, const std::string& path);

} // namespace menacedb
