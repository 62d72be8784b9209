#pragma once

#include "core/engine/worker/upkeep_task.hpp"

namespace menacedb {

// The worker's task of [backup] every: copies each configured database that exists into its
// backup folder, with the reason `scheduled`. One that fails keeps none of
// the others from its turn.
[[nodiscard]] UpkeepDone back_up_databases(const Context& context);

} // namespace menacedb
