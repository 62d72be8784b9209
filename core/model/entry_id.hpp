#pragma once

#include "core/base/time.hpp"

#include <string>

namespace menacedb {

// Unique across processes and hosts, and roughly in order of time: 12 hex digits of milliseconds,
// then 20 random ones. For tracing only; idempotence is the key's business.
[[nodiscard]] std::string new_entry_id(Instant now);

} // namespace menacedb
