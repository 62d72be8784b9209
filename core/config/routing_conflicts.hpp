#pragma once

#include "core/config/settings.hpp"

#include <vector>

namespace menacedb {

// Tables that one file puts into the shared database and another into the local ones. The lists are
// joined, so the answer is certain, yet one of the files does not get what it says. A `placement`
// is no conflict with a file of a lower place (/etc, the user's own): that is how one overrides it.
// One file that says both is a problem of its own, told while it is read.
[[nodiscard]] std::vector<ConfigProblem> routing_conflicts(const Settings& settings);

} // namespace menacedb
