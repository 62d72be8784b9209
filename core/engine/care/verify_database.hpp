#pragma once

#include "core/engine/care/verify.hpp"

#include <string>

namespace menacedb {

// The parts of verify() that look at one database.

// Which SQLite this is, and what is known to be wrong with it. Always ok: menacedb keeps clear.
[[nodiscard]] Check check_sqlite_version();
void verify_database(const Context& context, const VerifyRequest& request, const std::string& path,
                     VerifyReport& report);
// Whether the file system under a database or spool can be trusted with locks; a warning if not.
void check_file_system(const std::string& path, VerifyReport& report);

} // namespace menacedb
