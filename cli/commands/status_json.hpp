#pragma once

#include "core/engine/status/status.hpp"

#include <string>

namespace menacedb {

// The answer of `status --json`, on one line.
[[nodiscard]] std::string to_status_json(const StatusReport& report);

} // namespace menacedb
