#pragma once

#include "core/os/file_lock.hpp"

#include <string>

namespace menacedb {

// One writer or checkpointer per database among menacedb's processes (invariant 4): an flock on
// `<real path of the database>-menacedb.lock`. For speed and good manners only.
class WriterLock {
public:
  // Throws busy, code "writer-locked": "cannot lock 'x.db' for writing: pid 4711, 'menacedb sync',
  // holds it for 3.2 s (waited 10.0 s)".
  WriterLock(Fs& fs, Clock& clock, const std::string& database_path, Duration patience,
             const StopFlag& stop);

  [[nodiscard]] static std::string lock_path(const std::string& database_path);

private:
  FileLock m_lock;
};

} // namespace menacedb
