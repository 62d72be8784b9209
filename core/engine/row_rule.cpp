#include "core/engine/row_rule.hpp"

#include "core/engine/make_router.hpp"
#include "core/engine/store_sides.hpp"

#include <memory>

namespace menacedb {
namespace {

// A name that is only mentioned may be that of a CTE.
bool is_real_use(const TableUse& use) {
  return !use.action.source.empty() &&
         (use.kind == TableUse::Kind::read || use.kind == TableUse::Kind::write);
}

} // namespace

RowRule row_rule(const Settings& settings, const std::string& path, bool takes_any_table) {
  const auto router = std::make_shared<const Router>(make_router(settings));
  const StoreSides sides = store_sides(settings, path);
  return [router, sides, takes_any_table](const TableUse& use) -> std::optional<Error> {
    const Placement placement = route_in_sql(*router, use.table).placement;
    if (placement == Placement::deny) {
      return table_denied(use.table);
    }
    if (takes_any_table || !is_real_use(use)) {
      return std::nullopt;
    }
    if (placement == Placement::unknown) {
      return table_unknown(use.table, router->suggest(use.table));
    }
    return sides.hold(placement) ? std::nullopt
                                 : std::optional(table_misplaced(use.table, placement));
  };
}

} // namespace menacedb
