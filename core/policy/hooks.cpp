#include "core/policy/hooks.hpp"

namespace menacedb {

std::string_view hook_word(HookName name) noexcept {
  switch (name) {
  case HookName::route:
    return "route";
  case HookName::priority:
    return "priority";
  case HookName::transform:
    return "transform";
  case HookName::on_failed:
    return "on_failed";
  case HookName::retain:
    return "retain";
  }
  return "route";
}

std::optional<HookName> parse_hook(std::string_view word) noexcept {
  for (const HookName name : k_hook_names) {
    if (hook_word(name) == word) {
      return name;
    }
  }
  return std::nullopt;
}

Route route_by_policy(const Router& router, Hooks* hooks, const RouteQuestion& question) {
  Route route = router.route(question.table);
  if (hooks == nullptr || route.placement == Placement::deny || !hooks->has(HookName::route)) {
    return route;
  }
  if (const std::optional<Placement> answer = hooks->route(question)) {
    return {*answer, hooks->decided_by(HookName::route)};
  }
  return route;
}

} // namespace menacedb
