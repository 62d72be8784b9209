#include "core/engine/enqueue/entry_policy.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

namespace menacedb {

Placement place_by_policy(const Router& router, Hooks& hooks, const NewEntry& entry) {
  const Route route =
      route_by_policy(router, &hooks, {entry.table, op_word(entry.op), entry.origin});
  if (route.placement == Placement::deny) {
    throw table_denied(entry.table)
        .with_hint(fmt::format("menacedb route {}", printable(entry.table)));
  }
  if (route.placement == Placement::unknown) {
    throw table_unknown(entry.table, router.suggest(entry.table));
  }
  return route.placement;
}

std::optional<int> priority_by_hook(Hooks* hooks, const NewEntry& entry) {
  if (hooks == nullptr || !hooks->has(HookName::priority)) {
    return std::nullopt;
  }
  HookEntry asked;
  asked.id = entry.id;
  asked.key = entry.key;
  asked.table = entry.table;
  asked.op = op_word(entry.op);
  asked.data = entry.data;
  asked.origin = entry.origin;
  asked.created_at = entry.created_at;
  asked.metadata = entry.metadata;
  return hooks->priority(asked);
}

} // namespace menacedb
