#pragma once

#include <string>

namespace menacedb {

enum class ProgramState { found, missing, not_executable };

// Whether a ChildProcess could run a program of that name in that folder (empty: ours): looked for
// in PATH, unless the name has a slash. Starts nothing.
[[nodiscard]] ProgramState find_program(const std::string& name, const std::string& directory);

} // namespace menacedb
