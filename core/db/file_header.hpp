#pragma once

#include <string>

namespace menacedb {

// Whether the file's header says WAL mode (bytes 18 and 19 of the file format). False when there is
// no such file or no header. Reads through SQLite's own file layer, which keeps the locks of the
// process's other connections; a plain open and close would drop them.
[[nodiscard]] bool is_wal_file(const std::string& real_path);

} // namespace menacedb
