#pragma once

#include "core/os/fs.hpp"
#include "core/store/stats_rows.hpp"

#include <cstdint>
#include <string>

namespace menacedb {

// Writes `stats.json` of a directory queue for scripts that read it: the old shell library's five
// counters, from the home store's exact ones. `pending` is what waits now. Does nothing when the
// file says that already.
void write_dir_stats(Fs& fs, const std::string& path, const StoreTotals& totals,
                     std::uint64_t pending);

} // namespace menacedb
