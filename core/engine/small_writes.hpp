#pragma once

#include "core/db/database.hpp"
#include "core/engine/context.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace menacedb {

// Calls `write` for the ids, some at a time, each time in a transaction of its own under menacedb's
// writer lock, and leaves the lock to others in between for as long as it was held. A stop ends it
// early; what was written stays. Throws busy when the lock cannot be had.
void write_in_small_pieces(
    const Context& context, const std::string& database, std::span<const std::int64_t> ids,
    const std::function<void(Database&, std::span<const std::int64_t>)>& write);

} // namespace menacedb
