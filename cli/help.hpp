#pragma once

#include "cli/command.hpp"

#include <span>
#include <string>

namespace menacedb {

// `menacedb --help`: what there is.
[[nodiscard]] std::string general_help(std::span<const CommandSpec* const> commands);
// `menacedb COMMAND --help`: usage, arguments, options, and examples at the end.
[[nodiscard]] std::string command_help(const CommandSpec& command);

} // namespace menacedb
