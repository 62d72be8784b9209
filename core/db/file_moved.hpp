#pragma once

namespace menacedb {

class Database;

// Whether the file that a connection has open is no longer the one of its path: it was deleted, or
// another one has taken its place. What is committed to it then is seen by nobody who opens it
// later. One system call.
[[nodiscard]] bool has_moved(const Database& database);

} // namespace menacedb
