#include "core/base/compression.hpp"
#include "core/base/error.hpp"
#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/cleanup_run.hpp"
#include "core/engine/cleanup/retained_entry.hpp"
#include "core/os/file_times.hpp"
#include "core/os/process.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/dir_spool.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

constexpr Bytes k_most_to_pack = 64u << 20; // an entry is read whole; larger ones stay plain

std::string date_of(Instant when) {
  return format_instant(when).substr(0, 10);
}

std::string packed(const std::string& content) {
  std::string bytes;
  ZstdCompressor compressor;
  compressor.pack(content, bytes);
  compressor.finish(bytes);
  return bytes;
}

// The packed file is complete before the plain one goes. A crash in between leaves both, and the
// next run finds the packed one as it would make it.
bool pack(Fs& fs, const std::string& from, std::string to) {
  const auto before = fs.stat(from);
  std::string bytes;
  try {
    bytes = packed(read_file(fs, from, k_most_to_pack));
  } catch (const Error& error) {
    if (error.code() == "not-found") {
      return false;
    }
    throw;
  }
  fs.make_directories(parent_directory(to));
  const auto taken = fs.stat(to);
  if (taken && (taken->type != FileType::regular || taken->size != bytes.size() ||
                read_file(fs, to, taken->size) != bytes)) {
    to = fmt::format("{}.{}.zst", to, random_hex(4)); // another entry of that name
  }
  replace_file(fs, to, bytes);
  if (before) {
    set_modified_at(fs.open(to, {}), before->modified_at); // a recovery goes by this order
  }
  return fs.unlink(from);
}

} // namespace

CleanupResult clean_completed(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "archive");
  const DirSpool spool(context.fs, context.settings.text("dir_queue.dir"));
  const std::string archive = join_path(spool.directory(), "archive");
  const RetentionLimits limits = options.age
                                     ? RetentionLimits{.age = options.age, .count = {}, .size = {}}
                                     : retention_limits(context.settings, "retention.completed");
  const bool packs = context.settings.boolean("retention.compress");
  Retention retention = run.retention("completed", limits, [&](const RetainedItem& item) {
    const std::string name = item.name.substr(item.name.rfind('/') + 1);
    const std::string to = join_path(join_path(archive, date_of(item.since)), name);
    if (packs && item.bytes <= k_most_to_pack) {
      run.act(item.name, item.bytes, [&] { return pack(context.fs, item.name, to + ".zst"); });
    } else {
      run.move(item.name, to, item.bytes);
    }
  });
  run.visit(spool.completed(), [&](const CleanupRun::File& file) {
    if (parse_dir_name(file.name)) { // the change time is that of the rename into completed/, also
                                     // when an old worker did it
      retention.offer({file.path, file.stat.changed_at, file.stat.size},
                      entry_file_facts(context, file.path));
    }
  });
  return run.take_result();
}

} // namespace menacedb
