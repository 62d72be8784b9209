#pragma once

#include "core/db/database.hpp"

namespace menacedb {

// Makes the statement that the connection runs end soon, with code "sql-timeout". The one call that
// another thread may make; the database must outlive it.
void interrupt(const Database& database) noexcept;

} // namespace menacedb
