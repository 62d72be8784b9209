#include "core/policy/router.hpp"

#include "core/base/text.hpp"
#include "core/policy/builtin_tables.hpp"

#include <fmt/format.h>

#include <set>

namespace menacedb {
namespace {

Route builtin_route(const BuiltinTable& table) {
  return {table.placement, {"builtin", ""}};
}

// To a router, the old JSON file is a file like any other.
Route listed_route(const ListedTable& table) {
  std::string at(table.source);
  if (table.line > 0) {
    at += ':';
    at += std::to_string(table.line);
  }
  return {table.placement, {std::string(table.kind == "json" ? "file" : table.kind), at}};
}

std::set<std::string_view> listed_names(const TableLists& lists) {
  std::set<std::string_view> names;
  for (const ListedTable& table : lists.all()) {
    names.insert(table.name);
  }
  return names;
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

Router::Router(std::shared_ptr<const TableLists> lists, Placement undeclared,
               DecidedBy undeclared_by)
    : m_lists(lists != nullptr ? std::move(lists) : std::make_shared<const TableLists>(nullptr)),
      m_undeclared(undeclared),
      m_undeclared_by(std::move(undeclared_by)) {}

const ListedTable* Router::listed(std::string_view table) const {
  auto at = m_lists->first(table);
  if (!at) {
    return nullptr;
  }
  const ListedTable* winner = nullptr;
  const BuiltinTable* const builtin = find_builtin_table(table);
  Placement present = builtin != nullptr ? builtin->placement : Placement::unknown;
  for (; at; at = m_lists->next(*at)) {
    const ListedTable& next = m_lists->all()[*at];
    if (next.is_explicit ? present != Placement::deny && present != next.placement
                         : strength(next.placement) > strength(present)) {
      winner = &next;
      present = next.placement;
    }
  }
  return winner;
}

Route Router::route(std::string_view table) const {
  if (const ListedTable* const found = listed(table)) {
    return listed_route(*found);
  }
  if (const BuiltinTable* builtin = find_builtin_table(table)) {
    return builtin_route(*builtin);
  }
  return denial_in_other_case(table).value_or(Route{m_undeclared, m_undeclared_by});
}

// To SQLite it is the same table.
std::optional<Route> Router::denial_in_other_case(std::string_view table) const {
  for (const ListedTable& other : m_lists->all()) {
    if (other.placement == Placement::deny && equals_ignoring_case(other.name, table)) {
      return listed_route(other);
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
  std::set<std::string_view> names = listed_names(*m_lists);
  for (const BuiltinTable& table : builtin_tables()) {
    names.insert(table.name);
  }
  std::vector<std::pair<std::string, Route>> all;
  for (const std::string_view name : names) {
    all.emplace_back(name, route(name));
  }
  return all;
}

std::string Router::suggest(std::string_view table) const {
  std::vector<std::string_view> names;
  for (const BuiltinTable& builtin : builtin_tables()) {
    names.push_back(builtin.name);
  }
  const std::set<std::string_view> listed = listed_names(*m_lists);
  names.insert(names.end(), listed.begin(), listed.end());
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
