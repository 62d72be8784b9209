#include "core/engine/jobs/job_room.hpp"

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

void keep_job_limits(JobRoom& room, const JobHandlers& handlers, JobLookup& lookup,
                     const std::map<std::string_view, std::size_t>& over) {
  for (JobAllowance& allowance : room.programs) {
    const std::uint64_t limit = handlers.find(allowance.type)->second.settings.concurrency;
    if (limit == 0) {
      continue;
    }
    const auto found = over.find(allowance.type);
    const std::uint64_t ended = found == over.end() ? 0 : found->second;
    const std::uint64_t running = lookup.held(allowance.type);
    const std::uint64_t busy = running - std::min(running, ended);
    allowance.most = std::min<std::size_t>(allowance.most, limit - std::min(limit, busy));
  }
  std::erase_if(room.programs, [](const JobAllowance& allowance) { return allowance.most == 0; });
}

std::optional<Instant> earliest_due(const JobRoom& room, JobLookup& lookup) {
  std::optional<Instant> earliest;
  for (const auto* const allowances : {&room.programs, &room.scripts}) {
    for (const JobAllowance& allowance : *allowances) {
      const std::optional<Instant> due = lookup.next_due(allowance.type);
      earliest = due && earliest ? std::min(*due, *earliest) : due ? due : earliest;
    }
  }
  return earliest;
}

} // namespace menacedb
