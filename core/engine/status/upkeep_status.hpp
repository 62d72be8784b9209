#pragma once

#include "core/engine/status/status.hpp"

namespace menacedb {

// What the worker's tasks did when they ran last, with a problem for each that failed.
void add_upkeep(const Context& context, StatusReport& report);

} // namespace menacedb
