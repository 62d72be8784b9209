#pragma once

#include <string>

namespace menacedb {

// All of a file of /proc, whose files have no size; empty when it cannot be read.
[[nodiscard]] std::string read_proc_file(const std::string& path);

} // namespace menacedb
