#pragma once

#include "core/engine/context.hpp"

#include <vector>

namespace menacedb {

// Everything that is wrong with a policy: the problems of its settings, tables
// that two files route to two sides, then what keeps its hooks
// from being loaded and each of their tests that fails.
[[nodiscard]] std::vector<ConfigProblem> check_policy(const Context& context);

} // namespace menacedb
