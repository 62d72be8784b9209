#pragma once

#include "cli/arguments.hpp"

namespace menacedb {

class App;

// `enqueue --sql`: the part of the command that takes SQL instead of a row. Returns the exit
// status.
int enqueue_sql(App& app, const Arguments& arguments);

} // namespace menacedb
