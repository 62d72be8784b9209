#pragma once

#include "core/engine/context.hpp"

#include <string>

namespace menacedb {

// Packs a rotated log into `<path>.gz` and deletes it: first the packed one is there as a whole.
// `log` is the log whose rotation could give it another name meanwhile; then, when it vanished and
// when a stop is requested, nothing is done and the answer is false. Empty: it keeps its name.
bool pack_log(const Context& context, const std::string& path, const std::string& log);

} // namespace menacedb
