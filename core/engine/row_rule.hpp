#pragma once

#include "core/config/settings.hpp"
#include "core/store/row_guard.hpp"

#include <string>

namespace menacedb {

// The router's word on the tables that rows in the store at `path` reach through triggers and
// views: they are declared, and live in this store. With `takes_any_table` (an explicit --db-path)
// they need not be, but never is one denied; nor one that foreign keys lead to. The settings are
// needed no more afterwards.
[[nodiscard]] RowRule row_rule(const Settings& settings, const std::string& path,
                               bool takes_any_table = false);

} // namespace menacedb
