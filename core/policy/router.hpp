#pragma once

#include "core/base/error.hpp"
#include "core/model/table_lists.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace menacedb {

// Who decided, and where it stands: {file, "config/db_router_tables.json:3"}.
struct DecidedBy {
  std::string kind; // builtin|file|env|flag|lua|plugin; "default" for unknown
  std::string at;
};

struct Route {
  Placement placement = Placement::unknown;
  DecidedBy decided_by;
};

// Where each table lives: the union of all lists; deny beats shared beats local. Immutable after
// construction, so safe from all threads. Names are case-sensitive, as the old router's were; but a
// denial holds for a name in any case that no list spells, since SQLite finds the same table.
class Router {
public:
  // The built-in lists are always in; `lists` may be null. `undeclared` answers for tables on no
  // list, by the word of `undeclared_by`.
  Router(std::shared_ptr<const TableLists> lists, Placement undeclared,
         DecidedBy undeclared_by = {"default", ""});

  [[nodiscard]] Route route(std::string_view table) const;
  // The same for a table that is going to be used: throws Error for one that is denied (kind
  // denied, "table-denied") or on no list (kind config, "table-unknown", with a suggestion).
  [[nodiscard]] Route route_or_throw(std::string_view table) const;
  // All declared tables with their routes, by name.
  [[nodiscard]] std::vector<std::pair<std::string, Route>> declared() const;
  // The declared name nearest to an unknown one; empty when none is near.
  [[nodiscard]] std::string suggest(std::string_view table) const;

private:
  // What the lists make of a table that they name; nothing when the built-in ones stand.
  [[nodiscard]] const ListedTable* listed(std::string_view table) const;
  [[nodiscard]] std::optional<Route> denial_in_other_case(std::string_view table) const;

  std::shared_ptr<const TableLists> m_lists; // beyond the built-in ones
  Placement m_undeclared;
  DecidedBy m_undeclared_by;
};

// The errors of the old router, word for word: `Access to table 'x' is denied`, `Unknown table: x`.
[[nodiscard]] Error table_denied(std::string_view table);
[[nodiscard]] Error table_unknown(std::string_view table, std::string_view suggestion);

} // namespace menacedb
