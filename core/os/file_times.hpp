#pragma once

#include "core/base/time.hpp"
#include "core/os/fd.hpp"

namespace menacedb {

// Makes a file say that it was last modified then, for one that takes the place of another. Best
// effort: nothing may depend on it but an order.
void set_modified_at(const Fd& file, Instant when) noexcept;

} // namespace menacedb
