#include "core/db/interrupt.hpp"

#include <sqlite3.h>

namespace menacedb {

void interrupt(const Database& database) noexcept {
  sqlite3_interrupt(database.handle());
}

} // namespace menacedb
