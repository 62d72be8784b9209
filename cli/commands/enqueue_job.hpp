#pragma once

#include "cli/arguments.hpp"

namespace menacedb {

class App;

// `enqueue --job TYPE [JSON]`: returns the exit status.
int enqueue_job(App& app, const Arguments& arguments);

} // namespace menacedb
