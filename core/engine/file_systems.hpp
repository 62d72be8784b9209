#pragma once

#include <optional>
#include <string>

namespace menacedb {

// What a person should know about the file system under a database or a spool, which may not exist
// yet: "'/srv/x.db' lies on nfs4 (mounted at '/srv'), which …". None for local ones. Overlay file
// systems are not warned of: within one mount all processes lock the same file, and another mount
// of the same layers holds another database.
[[nodiscard]] std::optional<std::string> file_system_warning(const std::string& path);

} // namespace menacedb
