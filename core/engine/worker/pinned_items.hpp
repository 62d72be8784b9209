#pragma once

#include "core/config/settings.hpp"

#include <string>
#include <vector>

namespace menacedb {

// The items that a reload has changed in a file without effect, because a variable or an option of
// the running process says otherwise: only a restart with others changes them. By key.
[[nodiscard]] std::vector<std::string> pinned_items(const Settings& before, const Settings& after);

} // namespace menacedb
