#pragma once

#include "core/engine/access_trail.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace menacedb {

// The trail of entries that are queued: one access queue_insert for each origin and table, with the
// number of entries as rows. Costs one comparison an entry when nobody wants to know.
class QueueInserts {
public:
  explicit QueueInserts(const Context& context);

  void add(std::string_view origin, std::string_view table);
  void forget() { m_entries.clear(); }
  // What was added is queued now.
  void leave_trail();
  // The same for entries that are queued again: nobody accessed anything anew, so nothing is
  // logged.
  void leave_audit_lines();

private:
  Clock& m_clock;
  AccessTrail m_trail;
  bool m_is_wanted;
  std::map<std::pair<std::string, std::string>, std::uint64_t> m_entries; // by origin and table
};

} // namespace menacedb
