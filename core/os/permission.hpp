#pragma once

#include <string>

namespace menacedb {

// Whether we may write to the file, or into the directory, that the path means; symlinks are
// followed. False, too, when it means nothing. An answer for people: only the attempt decides.
[[nodiscard]] bool may_write(const std::string& path);

} // namespace menacedb
