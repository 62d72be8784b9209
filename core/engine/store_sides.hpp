#pragma once

#include "core/config/settings.hpp"
#include "core/policy/router.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// The tables that may live in a store; one file may serve as the shared and a local database.
struct StoreSides {
  bool holds_shared = false;
  bool holds_local = false;

  [[nodiscard]] bool hold(Placement placement) const noexcept {
    return placement == Placement::shared ? holds_shared : holds_local;
  }
};

// By the settings. A file that is not the shared database is taken for somebody's local one.
[[nodiscard]] StoreSides store_sides(const Settings& settings, const std::string& path);

// Where SQL finds a table. Tables are declared in lower case, as a rule, and SQL does not care how
// a name is spelled.
[[nodiscard]] Route route_in_sql(const Router& router, std::string_view table);

// Of a declared table that SQL reaches in a store of the other side.
[[nodiscard]] Error table_misplaced(std::string_view table, Placement placement);

} // namespace menacedb
