#pragma once

#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/os/clock.hpp"

#include <cstdint>
#include <optional>

namespace menacedb {

// How much a drain takes at once and how long it rests, so that other programs get their turn at
// the database (invariant 4): while foreign commits are seen, and for a minute after, write
// transactions are held to `longest_hold`, and the lock stays free for as large a share of the time
// as a polling waiter needs to find it free soon (SQLite's own waiters poll and do not queue). So
// it also begins after a pause, since a writer that is shut out shows no commits. A drain that has
// found itself alone takes up to ten times as long, and several batches in a group, a transaction
// of up to thirty times: with a random index that saves a third of the page writes.
class Pace {
public:
  Pace(Clock& clock, Duration longest_hold, Bytes most_bytes);

  [[nodiscard]] Bytes batch_bytes() const noexcept { return m_bytes; }
  // Whether the next transaction may take several batches.
  [[nodiscard]] bool may_group() const;
  // Whether another batch may join the group.
  [[nodiscard]] bool may_join(Bytes bytes, Duration held) const;
  // A group was rolled back: for a while batches go one by one, each time longer.
  void note_lost_group();
  // After a transaction: `bytes` of text were decided and the lock was held for `held`;
  // `data_version` is SQLite's, which changes when somebody else committed.
  void note(Bytes bytes, Duration held, std::int64_t data_version);
  // Before each claim: sleeps as far as the time since the last one was too short.
  void rest();

private:
  [[nodiscard]] bool is_alone(Duration now) const;
  [[nodiscard]] Duration gap_after(Bytes bytes, Duration held) const;

  Clock& m_clock;
  Duration m_longest_hold;
  Bytes m_most_bytes;
  Bytes m_bytes;
  Duration m_released{}; // when the lock was given back
  Duration m_gap{};      // how long it stays free
  std::optional<Duration> m_working_since;
  Duration m_foreign_seen{}; // when another program's commit was last seen
  bool m_has_foreign = false;
  std::int64_t m_data_version = -1;
  unsigned m_singles = 0;      // transactions to go until the next group
  unsigned m_lost_singles = 8; // that many after the next lost group
};

} // namespace menacedb
