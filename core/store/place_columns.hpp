#pragma once

#include "core/db/statement.hpp"
#include "core/store/entry_place.hpp"

#include <string>

namespace menacedb {

// The columns spool, segment, offset, lane, lane_priority, in this order.
void bind_place(Statement& statement, int first_parameter, const EntryPlace& place);
[[nodiscard]] EntryPlace read_place(const Statement& statement, int first_column);

} // namespace menacedb
