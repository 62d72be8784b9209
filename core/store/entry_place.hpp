#pragma once

#include "core/base/units.hpp"
#include "core/model/segment_id.hpp"

namespace menacedb {

// Where an entry stood in its queue: what a dead letter, a deferred entry and an outbox row keep of
// it. A direct write stood nowhere: the spool is empty.
struct EntryPlace {
  SegmentId segment;
  Bytes offset = 0;
  Lane lane;

  friend bool operator==(const EntryPlace&, const EntryPlace&) = default;
};

} // namespace menacedb
