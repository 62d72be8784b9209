#pragma once

#include <string>

namespace menacedb {

[[nodiscard]] std::string sqlite_version(); // "3.40.1"
// Whether this SQLite can lose a commit that resets the WAL while another connection checkpoints
// (all before 3.51.3, see core/db/checkpoint.hpp).
[[nodiscard]] bool has_wal_reset_fault();

} // namespace menacedb
