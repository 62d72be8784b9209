#pragma once

#include "core/config/settings_builder.hpp"

#include <string_view>

namespace menacedb {

// Reads one TOML file's text into the builder, with a problem for each key that is unknown or whose
// value cannot be used. The path must live as long as the settings.
void read_toml_settings(std::string_view text, std::string_view path, SettingsBuilder& builder);

} // namespace menacedb
