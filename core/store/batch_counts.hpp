#pragma once

#include "core/model/batch.hpp"
#include "core/store/access_rows.hpp"

#include <cstdint>
#include <vector>

namespace menacedb {

// Writes that came through a queue, by table.
[[nodiscard]] AccessCounts count_accesses(const Batch& batch, const Outcomes& outcomes);
// Without those that were deferred before and come again.
[[nodiscard]] std::vector<std::uint64_t> entries_per_slice(const Batch& batch);

} // namespace menacedb
