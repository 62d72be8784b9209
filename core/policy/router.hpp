#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

enum class Placement { shared, local, deny, unknown };
[[nodiscard]] std::string_view placement_word(Placement placement) noexcept;

// Who decided, and where it stands: {file, "config/db_router_tables.json:3"}.
struct DecidedBy {
  std::string kind; // builtin|file|env|flag|lua|plugin; "default" for unknown
  std::string at;
};

struct Route {
  Placement placement = Placement::unknown;
  DecidedBy decided_by;
};

// One list of table names from one source.
struct TableList {
  Placement placement = Placement::unknown; // shared, local or deny
  DecidedBy source;
  std::vector<std::string> tables;
};

// Where each table lives: the union of all lists; deny beats shared beats local. Immutable after
// construction, so safe from all threads. Names are case-sensitive, as the old router's were.
class Router {
public:
  // The built-in lists are always in. `undeclared` answers for tables on no list.
  Router(const std::vector<TableList>& lists, Placement undeclared);

  [[nodiscard]] Route route(std::string_view table) const;
  // All declared tables with their routes, by name.
  [[nodiscard]] std::vector<std::pair<std::string, Route>> declared() const;
  // The declared name nearest to an unknown one; empty when none is near.
  [[nodiscard]] std::string suggest(std::string_view table) const;

private:
  std::map<std::string, Route, std::less<>> m_overrides; // beyond the built-in lists
  Placement m_undeclared;
};

} // namespace menacedb
