#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/cleanup_run.hpp"
#include "core/queue/idle_lanes.hpp"

namespace menacedb {

CleanupResult clean_idle(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "idle-segments");
  for (const std::string& directory : context.settings.drain_queue_dirs()) {
    Spool spool(context.fs, context.clock, directory);
    const std::vector<IdleLane> idle = find_idle_lanes(context.fs, spool);
    LaneRetirer retirer(context.fs, spool);
    Retention retention = run.retention(
        "", retention_limits(context.settings, "retention.idle_segments"),
        [&](const RetainedItem& item) {
          run.act(item.name, item.bytes, [&] { return retirer.retire(idle[item.tag]); });
        });
    for (std::size_t i = 0; i < idle.size() && !context.stop.is_requested(); ++i) {
      retention.offer({idle[i].path, idle[i].stat.changed_at, idle[i].stat.size, i});
    }
    retirer.sync();
  }
  return run.take_result();
}

} // namespace menacedb
