#include "core/db/file_moved.hpp"

#include "core/db/database.hpp"

#include <sqlite3.h>

namespace menacedb {

bool has_moved(const Database& database) {
  int moved = 0;
  return sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
             SQLITE_OK &&
         moved != 0;
}

} // namespace menacedb
