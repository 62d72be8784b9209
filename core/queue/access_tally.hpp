#pragma once

#include "core/model/access_counts.hpp"
#include "core/queue/spool.hpp"

#include <cstdint>
#include <string>

namespace menacedb {

// Counts of accesses that pass no queue (reads, routes, direct writes), kept in the spool until a
// drain adds them to the home store:
//
//   sealed/.access       lines "shared 3 bots" and "local 1 memory", appended without a lock
//   sealed/.access.<n>   set aside, to be folded into the store as the nth of this spool
//
// The store remembers the number of the last one it holds, in the transaction that adds its counts,
// so a file that a crash left behind is not counted again. Counts are for people: a line that is
// torn, or comes later than a minute after its file was set aside, is not counted.
class AccessTally {
public:
  AccessTally(Fs& fs, Clock& clock, Spool& spool) : m_fs(fs), m_clock(clock), m_spool(spool) {}

  // One write. Nothing where there is no spool yet, or no right to write to it.
  void note(const AccessCounts& counts);

  // What the store does not hold, when the last it folded is `folded`.
  [[nodiscard]] AccessCounts pending(std::uint64_t folded) const;

  // The rest is for a drain that has its turn. When the file is large, it is set aside as number
  // folded + 1; when that one exists already, it is ready to be folded after a minute.
  [[nodiscard]] bool is_large() const;
  [[nodiscard]] bool is_ready_or_set_aside(std::uint64_t folded);
  [[nodiscard]] AccessCounts aside(std::uint64_t number) const;
  void remove(std::uint64_t number); // the store holds it

private:
  [[nodiscard]] Fd open();
  [[nodiscard]] std::string path() const;
  [[nodiscard]] std::string aside_path(std::uint64_t number) const;
  void add(const std::string& path, AccessCounts& counts) const;

  Fs& m_fs;
  Clock& m_clock;
  Spool& m_spool;
};

} // namespace menacedb
