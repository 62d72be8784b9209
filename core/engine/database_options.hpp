#pragma once

#include "core/config/settings.hpp"
#include "core/db/database.hpp"

namespace menacedb {

// How the commands that are no drain open a database, by [databases].

// Really read-only: nothing is created, changed or left behind. The cache is small: who looks
// through a whole file once gains nothing from a large one, and pays for the memory.
[[nodiscard]] DatabaseOptions reader_options(const Settings& settings);

// How long a writer waits for menacedb's writer lock, unless it was told otherwise: 10 s, or not at
// all with mode = "read-only-if-locked".
[[nodiscard]] Duration writer_patience(const Settings& settings);
// Says of a writer lock that was not waited for that this is the mode's doing.
[[nodiscard]] Error explain_mode(const Settings& settings, Error error);

} // namespace menacedb
