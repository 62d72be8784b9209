#pragma once

#include "cli/printer.hpp"
#include "core/base/json_text.hpp"
#include "core/engine/status/status.hpp"

#include <optional>

namespace menacedb {

// Of what ended, for good: what was applied. None when nothing ended yet.
[[nodiscard]] std::optional<double> success_rate(const StatusReport& report);

// What `status --stats` adds; nothing when it was not asked for.
void add_flow(JsonWriter& json, const StatusReport& report);
void print_flow(Printer& printer, const StatusReport& report);

} // namespace menacedb
