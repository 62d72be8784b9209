#pragma once

#include "core/config/settings.hpp"
#include "core/engine/worker/worker_spools.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace menacedb {

// What a running worker tells about itself; for people and `status`, nothing rests on it.
struct WorkerState {
  int pid = 0;
  std::uint64_t generation = 0; // of the settings in force; the first is 1
  std::uint64_t begun_reloads = 0;
  std::uint64_t reloads = 0; // of those begun, the ones that are over, with success or not
  Instant started_at;
  Instant loaded_at;
  std::string config_error; // why the last reload changed nothing; empty: it did
  std::string pinned_items; // changed by the last reload in vain: they need a restart
  std::string last_error;   // why the last pass left entries behind; empty: it did not
};

void write_worker_state(Fs& fs, const std::string& path, const WorkerState& state);

// The worker that serves a spool now.
struct RunningWorker {
  int pid = 0; // 0: of another pid namespace
  std::optional<WorkerState> state;
};
[[nodiscard]] std::optional<RunningWorker> find_worker(Fs& fs, const WorkerSpool& spool);
// Of the first spool that is served.
[[nodiscard]] std::optional<RunningWorker> find_worker(Fs& fs, const Settings& settings);
// Nothing is synced; readers see the old content or the new one.
void write_small_file(Fs& fs, const std::string& path, std::string_view content);

} // namespace menacedb
