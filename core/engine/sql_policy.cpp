#include "core/engine/sql_policy.hpp"

#include "core/db/database.hpp"
#include "core/engine/make_router.hpp"
#include "core/engine/places.hpp"
#include "core/policy/router.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace menacedb {
namespace {

// None: a database of its own.
std::optional<Placement> store_at(const Settings& settings, const std::string& path) {
  const std::string real = real_database_path(path);
  if (real == real_database_path(shared_database_path(settings))) {
    return Placement::shared;
  }
  const std::optional<std::string> own = own_database_path(settings);
  const bool is_own = own && real == real_database_path(*own);
  return is_own ? std::nullopt : std::optional(Placement::local);
}

std::optional<Error> judge(const Router& router, std::optional<Placement> store,
                           const TableUse& use) {
  const Placement placement = router.route(use.table).placement;
  if (placement == Placement::deny) {
    return table_denied(use.table);
  }
  const bool may_be_no_table =
      use.kind == TableUse::Kind::mention && placement == Placement::unknown;
  if (!store || placement == *store || may_be_no_table) {
    return std::nullopt;
  }
  if (placement == Placement::unknown) {
    return table_unknown(use.table, router.suggest(use.table));
  }
  return Error(ErrorKind::denied, "table-elsewhere",
               fmt::format("table '{}' is not of the {} store", use.table, placement_word(*store)));
}

} // namespace

SqlPolicy make_sql_policy(const Settings& settings, const std::string& path) {
  const auto router = std::make_shared<const Router>(make_router(settings));
  const std::optional<Placement> store = store_at(settings, path);
  SqlPolicy policy;
  policy.limit = settings.duration("dir_queue.entry_timeout");
  policy.rules.ddl = !store && settings.boolean("dir_queue.ddl");
  policy.rules.table = [router, store](const TableUse& use) { return judge(*router, store, use); };
  return policy;
}

} // namespace menacedb
