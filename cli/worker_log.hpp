#pragma once

#include "cli/app.hpp"

#include <cstdint>
#include <string>

namespace menacedb {

// The last lines of a log, made printable. A log that does not exist is an Error "not-found".
int print_log_end(App& app, const std::string& path, std::uint64_t lines);
// The same, then what is added, until a signal; through rotation and for a file that appears later.
int follow_log(App& app, const std::string& path, std::uint64_t lines);

} // namespace menacedb
