#pragma once

#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/queue/dir_spool.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace menacedb {

// Adds entries to a directory queue: each is written in .tmp/ and then renamed into pending/, so
// that no reader ever sees a part of one and none replaces another. The counter that makes their
// sequences unique is the old shell library's `.seq`, taken under its lock, which also makes the
// order that of the calls among all producers; where the file cannot be used, one of this process
// takes its place. Not thread-safe; the spool must outlive it.
class DirAppender {
public:
  DirAppender(Fs& fs, Clock& clock, DirSpool& spool) : m_fs(fs), m_clock(clock), m_spool(spool) {}

  // "<nanoseconds>_<counter>" for the next entry.
  [[nodiscard]] std::string next_sequence();
  // The same for an entry that shall stand where time `when` comes.
  [[nodiscard]] std::string next_sequence(Instant when);

  struct File {
    int priority = 5;
    std::string_view sequence;
    std::string_view content;
    bool durable = false;
  };
  // The path of the new file. When it throws, nothing was queued, except with code
  // "append-unsynced": queued, but it may not survive a power cut.
  std::string append(const File& file);

private:
  [[nodiscard]] std::uint64_t take_counter();
  [[nodiscard]] std::uint64_t take_shared_counter();
  std::string write_temporary(const std::string& name, const File& file);
  std::string publish(const std::string& temporary, const std::string& name, const File& file);

  Fs& m_fs;
  Clock& m_clock;
  DirSpool& m_spool;
  std::uint64_t m_own_counter = 0;
};

} // namespace menacedb
