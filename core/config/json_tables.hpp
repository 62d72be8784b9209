#pragma once

#include "core/config/settings_builder.hpp"

#include <string_view>

namespace menacedb {

// Reads the old router's table file: an object with the arrays shared, local and deny, and
// audit_log. Other keys are let pass unless they look like one of these mistyped. The path must
// live as long as the settings.
void read_json_tables(std::string_view text, std::string_view path, SettingsBuilder& builder);

} // namespace menacedb
