#include "core/engine/job_room.hpp"

#include <algorithm>

namespace menacedb {

JobRoom find_job_room(const JobHandlers& handlers, const JobRoomLimits& limits,
                      const std::map<std::string_view, std::size_t>& running,
                      std::size_t all_running) {
  JobRoom room;
  room.free = limits.workers - std::min(limits.workers, all_running);
  for (const auto& [type, handler] : handlers) {
    if (!limits.types.empty() && std::ranges::find(limits.types, type) == limits.types.end()) {
      continue;
    }
    if (handler.is_lua()) {
      room.scripts.push_back({type, limits.scripts_at_once});
      continue;
    }
    const auto found = running.find(type);
    const std::size_t busy = found == running.end() ? 0 : found->second;
    const std::size_t most =
        handler.settings.concurrency == 0 ? limits.workers : handler.settings.concurrency;
    if (const std::size_t allowed = std::min(most - std::min(most, busy), room.free); allowed > 0) {
      room.programs.push_back({type, allowed});
    }
  }
  return room;
}

} // namespace menacedb
