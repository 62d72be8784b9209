#include "core/engine/row_rule.hpp"

#include "core/base/text.hpp"
#include "core/db/database.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

#include <memory>

namespace menacedb {
namespace {

// The tables that may live in a store; one file may serve as the shared and a local database.
struct Sides {
  bool holds_shared = false;
  bool holds_local = false;

  [[nodiscard]] bool hold(Placement placement) const noexcept {
    return placement == Placement::shared ? holds_shared : holds_local;
  }
};

Sides sides_of(const Settings& settings, const std::string& path) {
  const std::string real_path = real_database_path(path);
  const auto is = [&real_path](const auto& configured) {
    try {
      return real_database_path(configured()) == real_path;
    } catch (const Error&) { // no file at all: a URL, an id that can be no file's name
      return false;
    }
  };
  Sides sides;
  sides.holds_shared = is([&] { return shared_database_path(settings); });
  sides.holds_local = !sides.holds_shared || is([&] {
    return local_database_path(settings, settings.text("instance.id"));
  });
  return sides;
}

// Tables are declared in lower case, as a rule; SQL does not care how a name is spelled.
Route route_of(const Router& router, std::string_view table) {
  Route route = router.route(table);
  return route.placement == Placement::unknown ? router.route(to_lower(table)) : route;
}

// A name that is only mentioned may be that of a CTE.
bool is_real_use(const TableUse& use) {
  return !use.action.source.empty() &&
         (use.kind == TableUse::Kind::read || use.kind == TableUse::Kind::write);
}

Error misplaced(std::string_view table, Placement placement) {
  return Error(ErrorKind::config, "table-misplaced",
               fmt::format("Table '{}' is declared {} and lives in another database", table,
                           placement_word(placement)));
}

} // namespace

RowRule row_rule(const Settings& settings, const std::string& path, bool takes_any_table) {
  const auto router = std::make_shared<const Router>(make_router(settings));
  const Sides sides = sides_of(settings, path);
  return [router, sides, takes_any_table](const TableUse& use) -> std::optional<Error> {
    const Placement placement = route_of(*router, use.table).placement;
    if (placement == Placement::deny) {
      return table_denied(use.table);
    }
    if (takes_any_table || !is_real_use(use)) {
      return std::nullopt;
    }
    if (placement == Placement::unknown) {
      return table_unknown(use.table, router->suggest(use.table));
    }
    return sides.hold(placement) ? std::nullopt : std::optional(misplaced(use.table, placement));
  };
}

} // namespace menacedb
