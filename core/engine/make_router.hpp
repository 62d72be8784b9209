#pragma once

#include "core/config/settings.hpp"
#include "core/policy/router.hpp"

namespace menacedb {

// The router of these settings: built-in tables, [routing], [tables.NAME], the JSON table file and
// the variables.
[[nodiscard]] Router make_router(const Settings& settings);

} // namespace menacedb
