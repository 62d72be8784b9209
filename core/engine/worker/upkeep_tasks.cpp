#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/engine/cleanup/cleanup.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/engine/retention.hpp"
#include "core/engine/worker/scheduled_backup.hpp"
#include "core/engine/worker/upkeep_task.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

// Every drain puts back what a dead one had claimed; to do it here would only take its lock away.
bool is_done_by_drains(const CleanupAction& action) {
  return action.name == "recover";
}

// One kind that fails keeps none of the others from its turn.
UpkeepDone clean_up(const Context& context) {
  UpkeepDone done;
  const std::unique_ptr<Hooks> hooks = make_hooks(context);
  CleanupOptions options;
  options.hooks = hooks.get();
  for (const CleanupAction& action : cleanup_actions()) {
    if (is_done_by_drains(action) || context.stop.is_requested()) {
      continue;
    }
    try {
      const CleanupResult result = action.run(context, options);
      if (result.items > 0) {
        done.did += fmt::format("{}{}: {} {}", done.did.empty() ? "" : ", ", action.name,
                                action.past, format_count(result.items));
      }
    } catch (const Error& error) {
      done.faults.push_back(fmt::format("{}: {}", action.name, error.message()));
    }
  }
  if (auto reason = why_retain_fails(hooks.get())) {
    done.faults.push_back(std::move(*reason));
  }
  return done;
}

} // namespace

std::vector<UpkeepTask> upkeep_tasks(const Settings& settings) {
  return {
      // First, so that it holds what the cleanup deletes.
      {.name = "backup", .every = settings.duration("backup.every"), .run = back_up_databases},
      {.name = "cleanup", .every = settings.duration("cleanup.every"), .run = clean_up},
  };
}

} // namespace menacedb
