#pragma once

#include "cli/command.hpp"

#include <span>

namespace menacedb {

// The options that every command takes, before or after its name.
[[nodiscard]] std::span<const OptionSpec> global_options() noexcept;

} // namespace menacedb
