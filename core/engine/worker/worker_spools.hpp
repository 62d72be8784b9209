#pragma once

#include "core/config/settings.hpp"
#include "core/engine/drain/drains.hpp"

#include <functional>
#include <string>
#include <vector>

namespace menacedb {

// A spool as the worker sees it: whoever holds `lock` serves it.
struct WorkerSpool {
  enum class Format { jsonl, dir, table };

  Format format = Format::jsonl;
  std::string directory; // as configured
  std::string arrivals;  // where entries arrive
  std::string lock;      // see core/os/lifetime_lock.hpp
  std::string state;     // what the worker says of itself
  std::string pid;       // for old scripts; empty: this format has no such file
};

// The spools of all formats, in a fixed order: the one place that knows which there are. A job
// table is among them when there are handlers for its jobs.
[[nodiscard]] std::vector<WorkerSpool> worker_spools(const Settings& settings);
// The lock of the spool that entries of this format are written to.
[[nodiscard]] std::string worker_lock_path(const Settings& settings, WorkerSpool::Format format);
// What a worker drains that serves these of the spools.
[[nodiscard]] DrainsOptions worker_drains(const Settings& settings,
                                          const std::vector<WorkerSpool>& served);

} // namespace menacedb
