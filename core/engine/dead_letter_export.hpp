#pragma once

#include "core/os/fs.hpp"
#include "core/queue/spool.hpp"
#include "core/store/sqlite_store.hpp"

namespace menacedb {

// Brings the dead letters of the home store to queue.failed.jsonl, for people and old scripts. The
// rows are the truth, the file is the view: a crash between the two writes nothing twice, because
// what the file already holds is looked up by segment and offset.
class DeadLetterExport {
public:
  DeadLetterExport(Fs& fs, SqliteStore& store, Spool& spool);

  // Exports all rows that are not marked as exported; cheap when there are none.
  void run();

private:
  Fs& m_fs;
  SqliteStore& m_store;
  Spool& m_spool;
};

} // namespace menacedb
