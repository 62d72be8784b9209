#include "core/engine/store_sides.hpp"

#include "core/base/text.hpp"
#include "core/db/database.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

namespace menacedb {

StoreSides store_sides(const Settings& settings, const std::string& path) {
  const std::string real_path = real_database_path(path);
  const auto is = [&real_path](const auto& configured) {
    try {
      return real_database_path(configured()) == real_path;
    } catch (const Error&) { // no file at all: a URL, an id that can be no file's name
      return false;
    }
  };
  StoreSides sides;
  sides.holds_shared = is([&] { return shared_database_path(settings); });
  sides.holds_local = !sides.holds_shared || is([&] {
    return local_database_path(settings, settings.text("instance.id"));
  });
  return sides;
}

Route route_in_sql(const Router& router, std::string_view table) {
  Route route = router.route(table);
  return route.placement == Placement::unknown ? router.route(to_lower(table)) : route;
}

Error table_misplaced(std::string_view table, Placement placement) {
  return Error(ErrorKind::config, "table-misplaced",
               fmt::format("Table '{}' is declared {} and lives in another database",
                           printable(table), placement_word(placement)))
      .with_hint(fmt::format("menacedb route {}", printable(table)));
}

} // namespace menacedb
