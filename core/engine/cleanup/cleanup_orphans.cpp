#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/cleanup_run.hpp"
#include "core/engine/no_ledger.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/dir_queue.hpp"

namespace menacedb {

// Whoever holds the spool's lock owns processing/: with it in hand, what lies there is nobody's.
CleanupResult clean_orphans(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "recover");
  DirQueue queue(context.fs, context.clock, context.log, context.settings.text("dir_queue.dir"),
                 {});
  if (!queue.spool().exists()) {
    return run.take_result();
  }
  const bool is_ours = run.with_lock(queue.spool().lock_path(), [&] {
    run.visit(queue.spool().processing(), [&](const CleanupRun::File& file) {
      if (parse_dir_name(file.name)) {
        run.act(file.path, file.stat.size, [] { return true; }); // all at once, below
      }
    });
    if (!options.is_dry_run) {
      NoLedger ledger;
      static_cast<void>(queue.sweep(ledger));
    }
  });
  if (!is_ours) {
    run.note("claimed entries were left alone: a drain is at work on them");
  }
  return run.take_result();
}

} // namespace menacedb
