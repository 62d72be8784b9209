#pragma once

#include "core/model/batch.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace menacedb {

// Entries of a batch that were applied, by origin, table and operation. The texts are the batch's.
struct AppliedGroup {
  std::string_view origin;
  std::string_view table;
  Op op = Op::insert;
  std::uint64_t entries = 0;
};

// In the order of their first entries.
[[nodiscard]] std::vector<AppliedGroup> group_applied(const Batch& batch, const Outcomes& outcomes);

} // namespace menacedb
