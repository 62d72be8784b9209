#pragma once

#include "core/engine/context.hpp"
#include "core/engine/replay/replay.hpp"

#include <string>

namespace menacedb {

// Puts the chosen entries of a directory queue's failed/ back into pending/, where they stood, with
// no retries counted: each file is first freed of its error, then renamed, so that a crash leaves
// it in one of the two folders. What cannot be read as an entry stays. An SQL entry is of no table.
[[nodiscard]] ReplayReport replay_dir(const Context& context, const std::string& directory,
                                      const ReplayOptions& options);

// Only counts and groups; changes nothing.
[[nodiscard]] ReplayReport list_dir_failures(const Context& context, const std::string& directory,
                                             const ReplayOptions& options);

} // namespace menacedb
