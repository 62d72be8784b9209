#include "core/engine/cleanup_actions.hpp"
#include "core/engine/cleanup_run.hpp"
#include "core/engine/worker_files.hpp"
#include "core/os/log_file.hpp"
#include "core/queue/spool.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr Bytes k_largest_flat_archive = 64u << 20;
constexpr std::string_view k_stamp_shape = "dddddddd_dddddd";

// "20260102_030405"
std::string stamp(Instant now) {
  std::string text = format_instant(std::chrono::floor<std::chrono::seconds>(now));
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  std::ranges::replace(text, 'T', '_');
  return text;
}

bool is_stamp(std::string_view text) {
  return std::ranges::equal(text, k_stamp_shape, [](char c, char shape) {
    return shape == 'd' ? c >= '0' && c <= '9' : c == shape;
  });
}

// A running worker sees that its log was renamed and opens a new one.
void rotate_worker_log(CleanupRun& run) {
  const Context& context = run.context();
  const std::string path = worker_log_path(context.settings);
  const Duration age = context.settings.duration("retention.logs");
  for (int generation = LogFile::k_generations; generation > 0; --generation) {
    const std::string old = fmt::format("{}.{}", path, generation);
    const auto stat = context.fs.stat(old);
    if (stat && stat->type == FileType::regular && run.is_due(stat->modified_at, age)) {
      run.remove(old, stat->size);
    }
  }
  const Bytes most = context.settings.bytes("worker.max_log");
  const auto log = context.fs.stat(path);
  if (log && log->type == FileType::regular && most > 0 && log->size > most) {
    run.act(path, log->size, [&] {
      rotate_log(context.fs, path);
      return true;
    });
  }
}

void delete_old_copies(CleanupRun& run, const Spool& spool) {
  const Duration age = run.context().settings.duration("retention.archive");
  const std::string prefix = spool.flat_archive_path() + ".";
  run.visit(spool.directory(), [&](const CleanupRun::File& file) {
    if (file.path.starts_with(prefix) && is_stamp(file.path.substr(prefix.size())) &&
        run.is_due(file.stat.modified_at, age)) {
      run.remove(file.path, file.stat.size);
    }
  });
}

// Drains append to it while they hold their lock.
void rotate_flat_archive(CleanupRun& run, const Spool& spool) {
  const std::string path = spool.flat_archive_path();
  const auto stat = run.context().fs.stat(path);
  if (!stat || stat->type != FileType::regular || stat->size <= k_largest_flat_archive) {
    return;
  }
  const bool is_ours = run.with_lock(spool.drain_lock_path(), [&] {
    run.move(path, fmt::format("{}.{}", path, stamp(run.context().clock.now())), stat->size);
  });
  if (!is_ours) {
    run.note(fmt::format("'{}' was not rotated: a drain is at work", path));
  }
}

} // namespace

CleanupResult clean_logs(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "rotate");
  rotate_worker_log(run);
  for (const std::string& directory : context.settings.drain_queue_dirs()) {
    const Spool spool(context.fs, context.clock, directory);
    delete_old_copies(run, spool);
    rotate_flat_archive(run, spool);
  }
  return run.take_result();
}

} // namespace menacedb
