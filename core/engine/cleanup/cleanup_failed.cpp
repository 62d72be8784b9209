#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/cleanup_run.hpp"
#include "core/engine/cleanup/dead_letter_purge.hpp"
#include "core/engine/cleanup/retained_entry.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/dir_spool.hpp"

namespace menacedb {
namespace {

constexpr std::uint64_t k_file = 0;  // the tag of whatever is no dead letter
constexpr int k_times_the_hours = 7; // as the old script: --hours 24 is the default of 168

// An entry, or the whole text of one that was too large.
bool is_failed_entry(std::string_view name) {
  constexpr std::string_view k_whole = ".oversized";
  if (name.ends_with(k_whole)) {
    name.remove_suffix(k_whole.size());
  }
  return parse_dir_name(name).has_value();
}

RetentionLimits limits_of(const Context& context, const CleanupOptions& options) {
  if (options.age) {
    return {.age = *options.age * k_times_the_hours, .count = {}, .size = {}};
  }
  return retention_limits(context.settings, "retention.failed");
}

} // namespace

CleanupResult clean_failed(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "purge-failed");
  const DirSpool spool(context.fs, context.settings.text("dir_queue.dir"));
  const RetentionLimits limits = limits_of(context, options);
  DeadLetterPurge letters(run);
  Retention retention = run.retention("failed", limits, [&](const RetainedItem& item) {
    item.tag == k_file ? run.remove(item.name, item.bytes) : letters.choose(item);
  });
  run.visit(spool.failed(), [&](const CleanupRun::File& file) {
    if (is_failed_entry(file.name)) {
      retention.offer({file.path, file.stat.changed_at, file.stat.size},
                      entry_file_facts(context, file.path));
    }
  });
  letters.offer(retention, k_file + 1);
  if (limits.age) {
    letters.choose_former(*limits.age);
  }
  letters.carry_out();
  return run.take_result();
}

} // namespace menacedb
