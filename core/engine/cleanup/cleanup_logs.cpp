#include "core/engine/cleanup/cleanup_actions.hpp"
#include "core/engine/cleanup/cleanup_run.hpp"
#include "core/engine/cleanup/packed_log.hpp"
#include "core/engine/places.hpp"
#include "core/os/log_file.hpp"
#include "core/queue/spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace menacedb {
namespace {

constexpr Bytes k_largest_flat_archive = 64u << 20;
constexpr std::string_view k_packed = ".gz";
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

// One log with its rotated generations: what is too old of them goes, what stays is packed.
class RotatedLogs {
public:
  explicit RotatedLogs(CleanupRun& run)
      : m_run(run),
        m_retention(run.retention("log", retention_limits(run.context().settings, "retention.logs"),
                                  [this](const RetainedItem& item) {
                                    m_run.remove(item.name, item.bytes);
                                    std::erase_if(m_plain, [&](const Plain& plain) {
                                      return plain.path == item.name;
                                    });
                                  })) {}

  // `log` is whose rotation gives it other names; empty: none.
  void add(const std::string& path, const FileStat& stat, const std::string& log) {
    if (!path.ends_with(k_packed)) {
      m_plain.push_back({path, log, stat.size});
    }
    m_retention.offer({path, stat.modified_at, stat.size});
  }
  void pack_the_rest() {
    for (const Plain& plain : m_plain) {
      if (!m_run.context().stop.is_requested()) {
        m_run.act(plain.path, plain.bytes,
                  [&] { return pack_log(m_run.context(), plain.path, plain.log); });
      }
    }
  }

private:
  struct Plain {
    std::string path;
    std::string log;
    Bytes bytes;
  };

  CleanupRun& m_run;
  std::vector<Plain> m_plain;
  Retention m_retention; // last: it uses the others
};

void add_worker_logs(CleanupRun& run, RotatedLogs& logs) {
  const std::string path = worker_log_path(run.context().settings);
  for (int generation = LogFile::k_generations; generation > 0; --generation) {
    for (const std::string_view packed : {std::string_view(), k_packed}) {
      const std::string old = fmt::format("{}.{}{}", path, generation, packed);
      const auto stat = run.context().fs.stat(old);
      if (stat && stat->type == FileType::regular) {
        logs.add(old, *stat, path);
      }
    }
  }
}

void add_flat_archives(CleanupRun& run, RotatedLogs& logs, const Spool& spool) {
  const std::string prefix = spool.flat_archive_path() + ".";
  run.visit(spool.directory(), [&](const CleanupRun::File& file) {
    if (!file.path.starts_with(prefix)) {
      return;
    }
    std::string_view rest = std::string_view(file.path).substr(prefix.size());
    if (rest.ends_with(k_packed)) {
      rest.remove_suffix(k_packed.size());
    }
    if (is_stamp(rest)) {
      logs.add(file.path, file.stat, "");
    }
  });
}

// A running worker sees that its log was renamed and opens a new one.
void rotate_worker_log(CleanupRun& run) {
  const Context& context = run.context();
  const std::string path = worker_log_path(context.settings);
  const Bytes most = context.settings.bytes("worker.max_log");
  const auto log = context.fs.stat(path);
  if (log && log->type == FileType::regular && most > 0 && log->size > most) {
    run.act(path, log->size, [&] {
      rotate_log(context.fs, path);
      return true;
    });
  }
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

// What is rotated now is packed the next time, so that a dry run knows what a run will do.
CleanupResult clean_logs(const Context& context, const CleanupOptions& options) {
  CleanupRun run(context, options, "rotate");
  RotatedLogs logs(run);
  add_worker_logs(run, logs);
  std::vector<Spool> spools;
  for (const std::string& directory : context.settings.drain_queue_dirs()) {
    spools.emplace_back(context.fs, context.clock, directory);
    add_flat_archives(run, logs, spools.back());
  }
  logs.pack_the_rest();
  rotate_worker_log(run);
  for (const Spool& spool : spools) {
    rotate_flat_archive(run, spool);
  }
  return run.take_result();
}

} // namespace menacedb
