#pragma once

#include "core/config/settings_builder.hpp"
#include "core/os/fs.hpp"

#include <optional>
#include <string>

namespace menacedb {

constexpr Bytes k_largest_config_file = 1ull << 20;

// A configuration file may be a symbolic link, as Fs allows none: it is the user's own. None when
// there is no such file.
[[nodiscard]] std::optional<Fd> open_behind_links(Fs& fs, const std::string& path);

// The text of a configuration file; none when there is no such file or it cannot be used, which is
// reported as a problem. `must_exist`: it was asked for, so that its absence is a problem too.
[[nodiscard]] std::optional<std::string>
read_config_file(Fs& fs, const std::string& path, bool must_exist, SettingsBuilder& builder);

} // namespace menacedb
