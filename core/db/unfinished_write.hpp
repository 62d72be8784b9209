#pragma once

namespace menacedb {

class Database;

// Whether bytes stand in the WAL behind the last commit: of a transaction that is just being
// written, or was not carried through. False tells that whatever was written to the WAL before is
// either seen by the next statement or never will be. True also where that cannot be told: without
// a WAL, or before the connection has read something. Not inside a transaction.
[[nodiscard]] bool has_unfinished_write(Database& database);

} // namespace menacedb
