#pragma once

namespace menacedb {

// A process may be started with descriptors 0 to 2 closed. The next file opened would then become
// its "stdout", and an answer would be written into a database. Opens /dev/null in every gap;
// returns whether descriptor 1 was open before.
[[nodiscard]] bool fill_standard_streams() noexcept;

} // namespace menacedb
