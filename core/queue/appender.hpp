#pragma once

#include "core/os/fs.hpp"
#include "core/queue/spool.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// Appends whole lines to a lane's active file: open, lock, check that the path is still this file
// and that it ends with a newline, one write, unlock, then (durable) sync. A torn tail left by
// someone is sealed as it is and the lines go to the new file. A short write is cut back. The file
// stays open between calls, so a stream of appends costs a lock, a stat, a read of one byte, a
// write and an unlock each.
//
// When append() throws, no complete line of this call is in the spool, except with the codes
// "append-unsynced" (all lines are there, but may not survive a power cut) and "append-torn" (a
// part is there, because somebody else's bytes followed before it could be cut back).
class Appender {
public:
  Appender(Fs& fs, Spool& spool, Lane lane);

  void append(std::string_view lines, bool durable);
  [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
  [[nodiscard]] Bytes lock_active(); // its size; it is locked, whole and still the path's file
  void open_active();
  void seal_torn_tail();
  void write(std::string_view lines, Bytes size_before);
  void cut_back(std::string_view written);
  void sync();
  void sync_name();

  Fs& m_fs;
  Spool& m_spool;
  Lane m_lane;
  std::string m_path;
  Fd m_file;
  bool m_is_name_synced = false; // of m_file
  std::uint64_t m_inode = 0;     // likewise, once it was locked
};

} // namespace menacedb
