#pragma once

#include "core/os/fs.hpp"
#include "core/queue/spool.hpp"

#include <map>
#include <string>
#include <string_view>

namespace menacedb {

// Lines on their way back into their lanes: gathered, appended with few writes, and synced, because
// they leave the place they came from next. Borrowed references.
class ReplayWriter {
public:
  ReplayWriter(Fs& fs, Spool& spool) : m_fs(fs), m_spool(spool) {}

  void add(const Lane& lane, std::string_view line); // without newline
  void flush();

private:
  void write(const Lane& lane, std::string& lines);

  Fs& m_fs;
  Spool& m_spool;
  std::map<Lane, std::string> m_lanes;
};

} // namespace menacedb
