#pragma once

#include "core/engine/context.hpp"
#include "core/engine/replay/replay.hpp"

#include <string>

namespace menacedb {

// Puts the chosen failed entries of a job table back: they are pending again, with all their
// attempts, or with `discards` deleted. Of two at the same time one is the first. What cannot be
// read as an entry stays. A database without a job table has none, and stays without.
[[nodiscard]] ReplayReport replay_table(const Context& context, const std::string& database,
                                        const ReplayOptions& options);

// Only counts and groups; changes nothing.
[[nodiscard]] ReplayReport list_table_failures(const Context& context, const std::string& database,
                                               const ReplayOptions& options);

} // namespace menacedb
