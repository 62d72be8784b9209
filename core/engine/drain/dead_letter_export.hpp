#pragma once

#include "core/engine/context.hpp"
#include "core/engine/drain/failure_triage.hpp"
#include "core/os/fs.hpp"
#include "core/queue/dead_letters.hpp"
#include "core/queue/spool.hpp"
#include "core/store/dead_rows.hpp"
#include "core/store/sqlite_store.hpp"

#include <string>

namespace menacedb {

// A row as the line that the file gets of it.
[[nodiscard]] DeadLetter to_letter(DeadRow&& row);

// Brings the dead letters of the home store to queue.failed.jsonl, for people and old scripts. The
// rows are the truth, the file is the view: a crash between the two writes nothing twice, because
// what the file already holds is looked up by segment and offset.
class DeadLetterExport {
public:
  // `hooks`: borrowed; null: none is asked.
  DeadLetterExport(const Context& context, SqliteStore& store, Spool& spool, Hooks* hooks);

  // Before the first decision about an entry of the spool with this id: tells the store where the
  // spool lies, so that its letters are found when it has lost its id.
  void note_spool(const std::string& id);
  // Exports all rows that are not marked as exported, but for those that the `on_failed` hook takes
  // out; cheap when there are none.
  Triaged run();

private:
  Fs& m_fs;
  FailureTriage m_triage;
  SqliteStore& m_store;
  Spool& m_spool;
  std::string m_noted; // the id
};

} // namespace menacedb
