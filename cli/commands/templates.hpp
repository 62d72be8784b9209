#pragma once

#include <string_view>

namespace menacedb {

// config/menacedb.toml as it ships: every item with its default and a line of explanation.
extern const std::string_view k_full_config;

// What `init` writes by default: the items that people change first, commented out.
extern const std::string_view k_minimal_config;

} // namespace menacedb
