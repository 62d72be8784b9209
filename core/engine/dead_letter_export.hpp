#pragma once

#include "core/os/fs.hpp"
#include "core/queue/spool.hpp"
#include "core/store/sqlite_store.hpp"

#include <string>

namespace menacedb {

// Brings the dead letters of the home store to queue.failed.jsonl, for people and old scripts. The
// rows are the truth, the file is the view: a crash between the two writes nothing twice, because
// what the file already holds is looked up by segment and offset.
class DeadLetterExport {
public:
  DeadLetterExport(Fs& fs, SqliteStore& store, Spool& spool);

  // Before the first decision about an entry of the spool with this id: tells the store where the
  // spool lies, so that its letters are found when it has lost its id.
  void note_spool(const std::string& id);
  // Exports all rows that are not marked as exported; cheap when there are none.
  void run();

private:
  Fs& m_fs;
  SqliteStore& m_store;
  Spool& m_spool;
  std::string m_noted; // the id
};

} // namespace menacedb
