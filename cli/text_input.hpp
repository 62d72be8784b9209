#pragma once

#include "core/base/units.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// An argument that may be '-' (standard input, to its end) or '@FILE': what it stands for. `what`
// is for the message: cannot <what>: it is longer than 16 MiB. Throws Error bad_input
// "line-too-long" beyond `limit`, and io when reading fails.
[[nodiscard]] std::string read_text_argument(const std::string& argument, Bytes limit,
                                             std::string_view what);

} // namespace menacedb
