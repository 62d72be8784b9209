#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/cleanup_run.hpp"
#include "core/engine/cleanup/retained_entry.hpp"
#include "core/model/segment_id.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/dir_spool.hpp"
#include "core/queue/spool.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr std::string_view k_date_shape = "dddd-dd-dd";

bool is_date(std::string_view name) {
  return std::ranges::equal(name, k_date_shape, [](char c, char shape) {
    return shape == 'd' ? c >= '0' && c <= '9' : c == shape;
  });
}

// As they were named when they came: perhaps packed, perhaps beside another of the same name.
bool is_archived_entry(std::string_view name) {
  const std::size_t end = name.find(".json");
  return end != std::string_view::npos && parse_dir_name(name.substr(0, end + 5)).has_value();
}

void offer_segments(const Context& context, CleanupRun& run, Retention& retention) {
  for (const std::string& directory : context.settings.drain_queue_dirs()) {
    const Spool spool(context.fs, context.clock, directory);
    run.visit(spool.archive_directory(), [&](const CleanupRun::File& file) {
      if (const auto segment = parse_segment_file_name(file.name)) {
        retention.offer({file.path, file.stat.changed_at, file.stat.size}, [&](JsonWriter& json) {
          json.member("queue", lane_file_name(segment->lane));
          json.member("origin", segment->lane.name);
        });
      }
    });
  }
}

// One folder for each day; those that are empty by now go, too.
void offer_entries(const Context& context, CleanupRun& run, Retention& retention,
                   std::vector<std::string>& folders) {
  const std::string archive = join_path(
      DirSpool(context.fs, context.settings.text("dir_queue.dir")).directory(), "archive");
  const auto stat = context.fs.stat(archive + "/."); // a link to a folder is a folder
  if (!stat || stat->type != FileType::directory) {
    return;
  }
  for (const DirEntry& day : context.fs.list(archive)) {
    if (!is_date(day.name)) {
      continue;
    }
    const std::string folder = join_path(archive, day.name);
    run.visit(folder, [&](const CleanupRun::File& file) {
      if (is_archived_entry(file.name)) {
        retention.offer({file.path, file.stat.changed_at, file.stat.size},
                        entry_file_facts(context, file.path));
      }
    });
    folders.push_back(folder);
  }
}

} // namespace

CleanupResult clean_archive(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "purge-archive");
  Retention retention =
      run.retention("archive", retention_limits(context.settings, "retention.archive"),
                    [&](const RetainedItem& item) { run.remove(item.name, item.bytes); });
  std::vector<std::string> folders;
  offer_segments(context, run, retention);
  offer_entries(context, run, retention, folders);
  for (const std::string& folder : folders) {
    if (!run.is_dry_run()) {
      static_cast<void>(context.fs.remove_directory(folder));
    }
  }
  return run.take_result();
}

} // namespace menacedb
