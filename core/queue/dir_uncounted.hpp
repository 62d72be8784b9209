#pragma once

#include "core/os/clock.hpp"
#include "core/os/fs.hpp"

#include <cstdint>
#include <string>

namespace menacedb {

// Entries of a directory queue that went to failed/ while their home store could not be written, so
// that it could not count them: a line each in `.uncounted` of the spool, until it can. Every line
// has a number, by which the store knows what it has counted. The caller holds the spool's lock.
class DirUncounted {
public:
  DirUncounted(Fs& fs, Clock& clock, const std::string& directory);

  void note(std::uint32_t retries); // one more
  [[nodiscard]] bool is_empty();    // needs no lock

  struct Sum {
    std::uint64_t failed = 0;
    std::uint64_t retries = 0;
    std::uint64_t last = 0; // the highest number
  };
  [[nodiscard]] Sum beyond(std::uint64_t counted); // of the lines with a higher number
  void forget();                                   // the store has counted them all

private:
  Fs& m_fs;
  Clock& m_clock;
  std::string m_path;
};

} // namespace menacedb
