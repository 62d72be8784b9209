#pragma once

#include "cli/app.hpp"
#include "core/engine/worker/worker_spools.hpp"

namespace menacedb {

struct WorkerStart {
  bool was_running = false; // then nothing was started
  int pid = 0;              // 0: of another pid namespace
};

// Sees to it that a worker serves every spool of the settings: returns when it really runs. Throws
// what kept it from running, as the worker told it. No database may be open in this process.
[[nodiscard]] WorkerStart start_worker(App& app);

// After something was queued, with --ensure-worker or [worker] autostart: starts the worker unless
// one serves the spool of this format, which costs three system calls to see. When that fails, it
// says so on stderr: the entry is queued all the same.
void ensure_worker(App& app, const Arguments& arguments, WorkerSpool::Format format);

} // namespace menacedb
