#include "core/engine/sql_policy.hpp"

#include "core/db/database.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/engine/store_sides.hpp"

#include <memory>
#include <optional>

namespace menacedb {
namespace {

// None: a database of its own, where only the deny list counts.
std::optional<StoreSides> sides_at(const Settings& settings, const std::string& path) {
  const StoreSides sides = store_sides(settings, path);
  const std::optional<std::string> own = own_database_path(settings);
  const bool is_own =
      !sides.holds_shared && own && real_database_path(path) == real_database_path(*own);
  return is_own ? std::nullopt : std::optional(sides);
}

std::optional<Error> judge(const Router& router, const std::optional<StoreSides>& sides,
                           const TableUse& use) {
  const Placement placement = route_in_sql(router, use.table).placement;
  if (placement == Placement::deny) {
    return table_denied(use.table);
  }
  if (!sides) {
    return std::nullopt;
  }
  if (placement == Placement::unknown) {
    const bool may_be_no_table = use.kind == TableUse::Kind::mention;
    return may_be_no_table ? std::nullopt
                           : std::optional(table_unknown(use.table, router.suggest(use.table)));
  }
  return sides->hold(placement) ? std::nullopt
                                : std::optional(table_misplaced(use.table, placement));
}

} // namespace

SqlPolicy make_sql_policy(const Settings& settings, const std::string& path) {
  const auto router = std::make_shared<const Router>(make_router(settings));
  const std::optional<StoreSides> sides = sides_at(settings, path);
  SqlPolicy policy;
  policy.limit = settings.duration("dir_queue.entry_timeout");
  policy.rules.ddl = !sides && settings.boolean("dir_queue.ddl");
  policy.rules.table = [router, sides](const TableUse& use) { return judge(*router, sides, use); };
  return policy;
}

} // namespace menacedb
