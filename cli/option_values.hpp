#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace menacedb {

// Values of options; all throw Error kind usage (exit 2) that names the option.
[[nodiscard]] Duration parse_duration_option(std::string_view option, const std::string& text);
[[nodiscard]] std::uint64_t parse_count_option(std::string_view option, const std::string& text);
[[nodiscard]] int parse_priority_option(const std::string& text);
[[nodiscard]] Instant parse_instant_option(std::string_view option, const std::string& text);

} // namespace menacedb
