#include "core/engine/cleanup_actions.hpp"
#include "core/engine/cleanup_run.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/dir_spool.hpp"

namespace menacedb {
namespace {

constexpr int k_times_the_hours = 7; // as the old script: --hours 24 is the default of 168

// An entry, or the whole text of one that was too large.
bool is_failed_entry(std::string_view name) {
  constexpr std::string_view k_whole = ".oversized";
  if (name.ends_with(k_whole)) {
    name.remove_suffix(k_whole.size());
  }
  return parse_dir_name(name).has_value();
}

} // namespace

CleanupResult clean_failed(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "purge-failed");
  const DirSpool spool(context.fs, context.settings.text("dir_queue.dir"));
  const Duration age = options.age ? *options.age * k_times_the_hours
                                   : context.settings.duration("retention.failed");
  run.visit(spool.failed(), [&](const CleanupRun::File& file) {
    if (is_failed_entry(file.name) && run.is_due(file.stat.changed_at, age)) {
      run.remove(file.path, file.stat.size);
    }
  });
  return run.take_result();
}

} // namespace menacedb
