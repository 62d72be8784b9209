#pragma once

#include "core/engine/context.hpp"
#include "core/queue/spool.hpp"
#include "core/store/sqlite_store.hpp"

namespace menacedb {

// Carries the spool's counts of accesses into the home store when they have become long. For a
// drain that has its turn; one stat call when there is nothing to do.
void fold_accesses(const Context& context, Spool& spool, SqliteStore& store);

} // namespace menacedb
