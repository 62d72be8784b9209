#pragma once

#include "core/engine/status.hpp"
#include "core/engine/upkeep_task.hpp"

namespace menacedb {

// The worker's task of [backup] every: copies each configured database that exists into its
// backup folder, with the reason `scheduled`. One that fails keeps none of
// the others from its turn.
[[nodiscard]] UpkeepDone back_up_databases(const Context& context);

// With a schedule, a problem for each of these databases whose newest sound backup is older than
// two periods, or that has none. Looks at names and manifests, not into backups.
void judge_backups(const Context& context, StatusReport& report);

} // namespace menacedb
