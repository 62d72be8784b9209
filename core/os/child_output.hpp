#pragma once

#include <string>
#include <vector>

namespace menacedb {

struct ChildOutput {
  int exit_status = 0; // 128 + n when a signal ended it; 127 when there is no such program
  std::string out;
  std::string err; // its beginning only
};

// Runs a program of the PATH to its end, without input, and gathers what it says. Throws Error when
// no process can be made.
[[nodiscard]] ChildOutput run_child(const std::vector<std::string>& command);

} // namespace menacedb
