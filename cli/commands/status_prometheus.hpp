#pragma once

#include "core/engine/status/status.hpp"

#include <string>

namespace menacedb {

// The numbers of a report in Prometheus' text exposition format, without the last newline.
[[nodiscard]] std::string to_prometheus(const StatusReport& report);

} // namespace menacedb
