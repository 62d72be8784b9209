#pragma once

#include "core/engine/status/status.hpp"

namespace menacedb {

// The parts of a status that look at who uses the databases of the report, and on what disk they
// and the spools lie. Both add problems.

// Counts the processes that have one of them open; names those with suspiciously many connections,
// and the readers of a WAL that has grown beyond its limit.
void judge_connections(const Context& context, StatusReport& report);
void judge_file_systems(const Context& context, StatusReport& report);

} // namespace menacedb
