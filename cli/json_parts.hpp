#pragma once

#include "core/base/json_text.hpp"
#include "core/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Parts that several commands' answers have in common.

// A file's name may be any bytes; JSON is UTF-8.
[[nodiscard]] std::string json_name(const std::string& name);
void add_time(JsonWriter& json, const std::optional<Instant>& when); // or null
// "pid" and "command", null when they are not known (0, empty).
void add_process(JsonWriter& json, int pid, std::string_view command);

} // namespace menacedb
