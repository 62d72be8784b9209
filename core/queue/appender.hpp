#pragma once

#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/spool.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// Appends whole lines to a lane's active file: open, lock, check that the path is still this file
// and that it ends with a newline, one write, unlock, then (durable) sync. A torn tail left by
// someone is sealed as it is and the lines go to the new file. A short write is cut back. The file
// stays open between calls, so a stream of appends costs a lock, a stat, a read of one byte, a
// write and an unlock each. Throws io "disk-full" and such when no complete line is in the spool.
class Appender {
public:
  Appender(Fs& fs, Spool& spool, Lane lane);

  void append(std::string_view lines, bool durable);
  [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
  Fs& m_fs;
  Spool& m_spool;
  Lane m_lane;
  std::string m_path;
  Fd m_file;
};

} // namespace menacedb
