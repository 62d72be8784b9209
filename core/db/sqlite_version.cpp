#include "core/db/sqlite_version.hpp"

#include <sqlite3.h>

namespace menacedb {
namespace {

constexpr int k_repaired = 3'051'003;

} // namespace

std::string sqlite_version() {
  return sqlite3_libversion();
}

bool has_wal_reset_fault() {
  return sqlite3_libversion_number() < k_repaired;
}

} // namespace menacedb
