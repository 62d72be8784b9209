#pragma once

#include "core/config/settings_builder.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// Reads one TOML file's text into the builder, with a problem for each key that is unknown or whose
// value cannot be used.
void read_toml_settings(std::string_view text, const std::string& path, SettingsBuilder& builder);

} // namespace menacedb
