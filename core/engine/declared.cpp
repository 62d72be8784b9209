#include "core/engine/declared.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

namespace menacedb {

Placement require_declared(const Router& router, std::string_view table) {
  if (table.empty()) {
    throw Error(ErrorKind::bad_input, "table-empty", "table name must be a non-empty string");
  }
  const Placement placement = router.route(table).placement;
  switch (placement) {
  case Placement::shared:
  case Placement::local:
    return placement;
  case Placement::deny:
    throw Error(ErrorKind::denied, "table-denied",
                fmt::format("Access to table '{}' is denied", printable(table)))
        .with_hint(fmt::format("menacedb route {}", printable(table)));
  case Placement::unknown:
    break;
  }
  const std::string near = router.suggest(table);
  throw Error(ErrorKind::config, "table-unknown",
              fmt::format("Unknown table: {}", printable(table)))
      .with_hint(near.empty() ? "declare it in menacedb.toml under [routing] shared or local"
                              : fmt::format("did you mean '{}'?", near));
}

} // namespace menacedb
