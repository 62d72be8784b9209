#pragma once

#include <cstddef>
#include <string>

namespace menacedb {

// The statement of a claim for so many types. Parameters: 1 now, 2 owner, 3 end of the lease,
// 4 token, 5 now in seconds, 6 how many in all; then for type i (from 0): 7 + 2i its name, 8 + 2i
// how many of it. All rows that one run of it takes have the same priority, the highest of which a
// job is due.
[[nodiscard]] std::string job_claim_sql(std::size_t types);

// The columns that it returns, in this order.
struct JobClaimColumns {
  static constexpr int k_id = 0;
  static constexpr int k_type = 1;
  static constexpr int k_payload = 2; // null: too long to be kept for a whole batch
  static constexpr int k_priority = 3;
  static constexpr int k_attempts = 4;
  static constexpr int k_max_attempts = 5;
  static constexpr int k_created_at = 6;
  static constexpr int k_not_before = 7;
  static constexpr int k_run = 8;
  static constexpr int k_unique_key = 9;
};

} // namespace menacedb
