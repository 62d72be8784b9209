#include "core/engine/store_in_place.hpp"

#include "core/base/error.hpp"
#include "core/db/file_moved.hpp"

#include <fmt/format.h>

namespace menacedb {

void expect_in_place(SqliteStore& store) {
  if (has_moved(store.database())) {
    throw Error(ErrorKind::io, "database-replaced",
                fmt::format("cannot go on with '{}': the file was replaced or deleted meanwhile",
                            store.database().path()))
        .with_hint("menacedb sync");
  }
}

} // namespace menacedb
