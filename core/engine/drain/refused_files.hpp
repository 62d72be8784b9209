#pragma once

#include "core/engine/context.hpp"
#include "core/queue/dir_settler.hpp"
#include "core/queue/dir_spool.hpp"
#include "core/store/sqlite_store.hpp"

namespace menacedb {

// Entries of the directory queue that went on to another store than their home, and were refused
// there: their files lie in completed/ by then, and belong into failed/ like those of all others
// that failed.
class RefusedFiles {
public:
  explicit RefusedFiles(const Context& context);

  // False when the row is of no file of this spool. Else the file is in failed/ and the row gone;
  // a crash between the two repeats it.
  [[nodiscard]] bool take(SqliteStore& home, const OutboxRow& row, const Fault& fault);

private:
  Context m_context;
  DirSpool m_spool;
  DirSettler m_settler;
};

} // namespace menacedb
