#pragma once

#include "core/db/database.hpp"
#include "core/db/lazy_statement.hpp"
#include "core/queue/job.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace menacedb {

// What a worker asks a job table to learn whether there is anything to do, without taking a lock.
// The schema must be prepared. Not thread-safe.
class JobLookup {
public:
  explicit JobLookup(Database& database);

  // The earliest not_before of the pending jobs of a type; one that is over is due. The cost does
  // not depend on how many there are.
  [[nodiscard]] std::optional<Instant> next_due(std::string_view type);
  // How many jobs are held by a claim, whoever's.
  [[nodiscard]] std::uint64_t held();
  [[nodiscard]] std::uint64_t held(std::string_view type);
  [[nodiscard]] std::vector<JobClaim> claims_of(std::string_view owner);

private:
  LazyStatement m_next_due;
  LazyStatement m_held;
  LazyStatement m_held_of_type;
  LazyStatement m_claims;
};

} // namespace menacedb
