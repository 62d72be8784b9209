#pragma once

#include "core/os/clock.hpp"
#include "core/os/fs.hpp"

#include <string>

namespace menacedb {

// Whether a sealed file can still grow. The old producers release their lock before they write, so
// a lock proves nothing; a lease is granted exactly when nobody has the file open for writing.
class Writers {
public:
  Writers(Fs& fs, Clock& clock) : m_fs(fs), m_clock(clock) {}

  // Nobody can write any more: at least a second after the seal (an open() that began before it has
  // ended by then), and no writer by the kernel's word; where that cannot be had, nothing changed
  // for a while.
  [[nodiscard]] bool are_gone(const std::string& path, const FileStat& stat);
  // It changed so recently that its end is worth waiting for.
  [[nodiscard]] bool is_fresh(const FileStat& stat);

private:
  [[nodiscard]] Duration since(Instant when);

  Fs& m_fs;
  Clock& m_clock;
};

} // namespace menacedb
