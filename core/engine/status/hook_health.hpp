#pragma once

#include "core/engine/context.hpp"
#include "core/engine/status/status.hpp"

namespace menacedb {

// Adds to a report whether the hooks can be loaded, and which of them failed in the drain that last
// said so. Costs nothing when none are configured.
void add_hook_health(const Context& context, StatusReport& report);

} // namespace menacedb
