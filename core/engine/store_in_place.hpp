#pragma once

#include "core/store/sqlite_store.hpp"

namespace menacedb {

// Between a commit and what is done because of it: throws, code "database-replaced", when the store
// is no longer the file of its path. The commit is lost then, and so would be every entry that is
// settled after it; left alone, they are decided again in the file that is there now.
void expect_in_place(SqliteStore& store);

} // namespace menacedb
