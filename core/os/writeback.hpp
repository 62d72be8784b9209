#pragma once

#include "core/os/fd.hpp"

namespace menacedb {

// Lets the disk begin with what was written to the file so far, so that a sync at the end has less
// to wait for. A hint: nothing is promised, and nothing is said of failures, which the sync tells.
void start_writeback(const Fd& file) noexcept;

} // namespace menacedb
