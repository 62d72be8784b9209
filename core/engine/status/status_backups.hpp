#pragma once

#include "core/engine/context.hpp"
#include "core/engine/status/status.hpp"

namespace menacedb {

// With a schedule, a problem for each configured database that exists and whose newest sound backup
// is older than two periods, or that has none. Looks at names and manifests, not into backups.
void judge_backups(const Context& context, StatusReport& report);

} // namespace menacedb
