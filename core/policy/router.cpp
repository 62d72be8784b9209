#include "core/policy/router.hpp"

#include "core/base/text.hpp"
#include "core/policy/builtin_tables.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

Route builtin_route(const BuiltinTable& table) {
  return {table.placement, {"builtin", ""}};
}

// deny beats shared beats local.
int strength(Placement placement) {
  switch (placement) {
  case Placement::unknown:
    return 0;
  case Placement::local:
    return 1;
  case Placement::shared:
    return 2;
  case Placement::deny:
    return 3;
  }
  return 0;
}

} // namespace

std::string_view placement_word(Placement placement) noexcept {
  switch (placement) {
  case Placement::shared:
    return "shared";
  case Placement::local:
    return "local";
  case Placement::deny:
    return "deny";
  case Placement::unknown:
    return "unknown";
  }
  return "unknown";
}

Placement placement_from_word(std::string_view word) noexcept {
  for (const Placement placement : {Placement::shared, Placement::local, Placement::deny}) {
    if (placement_word(placement) == word) {
      return placement;
    }
  }
  return Placement::unknown;
}

Router::Router(const std::vector<TableList>& lists, Placement undeclared, DecidedBy undeclared_by)
    : m_undeclared(undeclared), m_undeclared_by(std::move(undeclared_by)) {
  for (const TableList& list : lists) {
    for (const std::string& table : list.tables) {
      add(list, table);
    }
  }
}

void Router::add(const TableList& list, const std::string& table) {
  const auto found = m_overrides.find(table);
  const BuiltinTable* builtin = find_builtin_table(table);
  const Placement present = found != m_overrides.end() ? found->second.placement
                            : builtin != nullptr       ? builtin->placement
                                                       : Placement::unknown;
  const bool beats = list.is_explicit ? present != Placement::deny && present != list.placement
                                      : strength(list.placement) > strength(present);
  if (beats) {
    m_overrides.insert_or_assign(table, Route{list.placement, list.source});
  }
}

Route Router::route(std::string_view table) const {
  if (const auto found = m_overrides.find(table); found != m_overrides.end()) {
    return found->second;
  }
  if (const BuiltinTable* builtin = find_builtin_table(table)) {
    return builtin_route(*builtin);
  }
  return denial_in_other_case(table).value_or(Route{m_undeclared, m_undeclared_by});
}

// To SQLite it is the same table.
std::optional<Route> Router::denial_in_other_case(std::string_view table) const {
  for (const auto& [name, route] : m_overrides) {
    if (route.placement == Placement::deny && equals_ignoring_case(name, table)) {
      return route;
    }
  }
  for (const BuiltinTable& builtin : builtin_tables()) {
    if (builtin.placement == Placement::deny && equals_ignoring_case(builtin.name, table)) {
      return builtin_route(builtin);
    }
  }
  return std::nullopt;
}

Route Router::route_or_throw(std::string_view table) const {
  Route found = route(table);
  if (found.placement == Placement::deny) {
    throw table_denied(table).with_hint(fmt::format("menacedb route {}", printable(table)));
  }
  if (found.placement == Placement::unknown) {
    throw table_unknown(table, suggest(table));
  }
  return found;
}

std::vector<std::pair<std::string, Route>> Router::declared() const {
  std::map<std::string, Route, std::less<>> all = m_overrides;
  for (const BuiltinTable& table : builtin_tables()) {
    all.try_emplace(std::string(table.name), builtin_route(table));
  }
  return {all.begin(), all.end()};
}

std::string Router::suggest(std::string_view table) const {
  std::vector<std::string_view> names;
  for (const BuiltinTable& builtin : builtin_tables()) {
    names.push_back(builtin.name);
  }
  for (const auto& [name, route] : m_overrides) {
    names.push_back(name);
  }
  std::erase_if(names, [this](std::string_view name) {
    return route(name).placement == Placement::deny; // nobody is sent to a closed door
  });
  return nearest(table, names).value_or("");
}

Error table_denied(std::string_view table) {
  return {ErrorKind::denied, "table-denied",
          fmt::format("Access to table '{}' is denied", printable(table))};
}

Error table_unknown(std::string_view table, std::string_view suggestion) {
  Error error(ErrorKind::config, "table-unknown",
              fmt::format("Unknown table: {}", printable(table)));
  if (suggestion.empty()) {
    return std::move(error).with_hint("menacedb route --list");
  }
  return std::move(error).with_hint(fmt::format("did you mean '{}'?", printable(suggestion)));
}

} // namespace menacedb
