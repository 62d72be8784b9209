#pragma once

#include "core/engine/context.hpp"
#include "core/queue/job_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// Entries gathered for the job table, added in one transaction each time. The database is opened
// with the first one. Not thread-safe.
class GatheredJobs {
public:
  // Where the entry's line is to be written, with its newline; until the next call.
  [[nodiscard]] std::string& add(int priority, std::optional<Instant> not_before);
  [[nodiscard]] bool is_empty() const noexcept { return m_entries.empty(); }
  void clear() noexcept { m_entries.clear(); }

  // The number of the last row. All or, when it throws, none.
  std::int64_t append(const Context& context, bool durable);

private:
  struct Entry {
    int priority;
    std::optional<Instant> not_before;
    std::string line;
  };
  std::vector<Entry> m_entries;
  std::unique_ptr<JobStore> m_store;
};

} // namespace menacedb
