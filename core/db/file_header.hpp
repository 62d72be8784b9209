#pragma once

#include <string>
#include <string_view>

namespace menacedb {

// Whether the file's header says WAL mode (bytes 18 and 19 of the file format). False when there is
// no such file or no header. Reads through SQLite's own file layer, which keeps the locks of the
// process's other connections; a plain open and close would drop them.
[[nodiscard]] bool is_wal_file(const std::string& real_path);
// The name of the text encoding in the header, as PRAGMA encoding takes it; empty when there is no
// such file or no header. Reads as is_wal_file() does.
[[nodiscard]] std::string_view text_encoding(const std::string& real_path);

} // namespace menacedb
