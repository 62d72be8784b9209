#pragma once

#include "core/model/batch.hpp"
#include "core/store/access_rows.hpp"
#include "core/store/flow.hpp"

#include <cstdint>
#include <vector>

namespace menacedb {

// Writes that came through a queue, by table.
[[nodiscard]] AccessCounts count_accesses(const Batch& batch, const Outcomes& outcomes);
// When an entry joined its queue; of one in a directory queue the sequence says it more exactly.
// None for one that was to wait, for a time or for another try: how long it took tells nothing.
[[nodiscard]] std::optional<Instant> enqueued_at(const Entry& entry);
// Of the entries that were decided by `now`. A file that comes again
// was counted the first time.
[[nodiscard]] Flow count_flow(const Batch& batch, const Outcomes& outcomes, Instant now);
// Without those that were deferred before and come again.
[[nodiscard]] std::vector<std::uint64_t> entries_per_slice(const Batch& batch);

} // namespace menacedb
