#include "core/engine/care/database_check.hpp"

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/engine/long_read.hpp"

#include <fmt/format.h>

namespace menacedb {

std::optional<std::string> find_damage(Database& database, CheckDepth depth, const StopFlag& stop,
                                       const std::function<void(Bytes)>& progress) {
  std::string found;
  try {
    const LongRead watched(database, stop, progress);
    found = database.query_text(depth == CheckDepth::quick ? "PRAGMA quick_check(1)"
                                                           : "PRAGMA integrity_check(1)");
  } catch (const Error&) {
    if (stop.is_requested()) {
      throw Error(ErrorKind::busy, "interrupted",
                  fmt::format("cannot check '{}': interrupted", database.path()));
    }
    throw;
  }
  // The first line only names the database file among attached ones.
  return found == "ok" ? std::nullopt : std::optional(found.substr(found.rfind('\n') + 1));
}

std::string schema_digest(Database& database) {
  Statement statement = database.prepare("SELECT type, name, tbl_name, coalesce(sql, '') "
                                         "FROM sqlite_schema ORDER BY type, name");
  Sha256 hash;
  while (statement.step()) {
    for (int column = 0; column < statement.column_count(); ++column) {
      hash.update(statement.text(column));
      hash.update(std::string_view("\0", 1));
    }
  }
  return to_hex(hash.finish());
}

} // namespace menacedb
