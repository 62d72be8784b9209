#include "core/engine/query/query_routes.hpp"

#include "core/base/text.hpp"
#include "core/engine/store_sides.hpp"

#include <fmt/format.h>

namespace menacedb {

Route QueryRoutes::route(std::string_view table, Use use) {
  Route by_settings = route_in_sql(m_router, table);
  if (m_hooks == nullptr || by_settings.placement == Placement::deny) {
    return by_settings;
  }
  // The hook hears the name that is declared, however the SQL spells it.
  const bool is_declared = m_router.route(table).placement != Placement::unknown;
  std::string name = is_declared ? std::string(table) : to_lower(table);
  std::pair<std::string, Use> asked(std::move(name), use);
  if (const auto found = m_answers.find(asked); found != m_answers.end()) {
    return found->second;
  }
  if (m_is_sealed) {
    return {Placement::unknown, {"default", ""}};
  }
  Route answer = route_by_policy(m_router, m_hooks,
                                 {asked.first, use == Use::read ? "read" : "write", m_origin});
  return m_answers.emplace(std::move(asked), std::move(answer)).first->second;
}

std::optional<Error> QueryRoutes::refusal(std::string_view table, Use use) {
  const Route found = route(table, use);
  switch (found.placement) {
  case Placement::deny: {
    Error error = table_denied(table);
    if (found.decided_by.kind != "lua") {
      return error;
    }
    return std::move(error).with_hint(
        fmt::format("menacedb route {} --op {} ({} decides)", printable(table),
                    use == Use::read ? "read" : "write", printable(found.decided_by.at)));
  }
  case Placement::unknown:
    return table_unknown(table, m_router.suggest(table));
  case Placement::shared:
  case Placement::local:
    break;
  }
  return std::nullopt;
}

} // namespace menacedb
