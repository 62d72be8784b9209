#pragma once

#include "core/base/time.hpp"
#include "core/os/fs.hpp"

#include <optional>
#include <string>

namespace menacedb {

// What the files of a database look like from outside. While two marks are equal, a connection that
// is opened now reads what one read then: whoever keeps an answer together with the mark need not
// open the database to give it again.
//
// In WAL mode a commit is seen by others when the header of the -shm file changes, but only while
// somebody is connected; without connections, SQLite reads the WAL itself, so size and time of the
// WAL count as well. Checkpoints, and programs that know no WAL or replace the file, change the
// database file. A reboot may take back what was not synced.
struct DatabaseMark {
  std::string text; // one line, without its end
  Instant changed_at;
  friend bool operator==(const DatabaseMark& a, const DatabaseMark& b) { return a.text == b.text; }
};

// None where that cannot be told from outside: another process writes at this very moment or keeps
// readers out, a file cannot be read, the -wal or -shm is there alone. Not while our own process
// has the database open: it would drop SQLite's locks.
[[nodiscard]] std::optional<DatabaseMark> database_mark(Fs& fs, const std::string& real_path);

// Whether each write after `now` gives another mark, although the clock of the files stands still
// for milliseconds (on some file systems for two seconds) at a time; `now` is when the mark was
// taken. False also where a rollback journal may change what the files mean.
[[nodiscard]] bool tells_later_writes(Fs& fs, const std::string& real_path,
                                      const DatabaseMark& mark, Instant now);

} // namespace menacedb
