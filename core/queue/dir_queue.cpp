#include "core/queue/dir_queue.hpp"

#include "core/base/error.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/dir_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

// What a name costs of a scan's budget: about what its entry would.
constexpr Bytes k_bytes_per_entry = 128;

Instant to_instant(std::uint64_t nanoseconds) {
  return Instant(std::chrono::floor<Duration>(std::chrono::nanoseconds(nanoseconds)));
}

// Counts the entries of one folder.
struct FolderCount {
  std::uint64_t entries = 0;
  bool is_approximate = false; // there are more
  std::uint64_t oldest = 0;    // nanoseconds; 0: none says it
  std::vector<Stray> strays;
};

// Some file systems do not say in the listing what a file is.
std::optional<std::string_view> why_not_regular(Fs& fs, const std::string& folder,
                                                std::string_view name, FileType type) {
  if (type == FileType::other) {
    const auto file = fs.stat(join_path(folder, name));
    type = file ? file->type : FileType::regular;
  }
  switch (type) {
  case FileType::regular:
    return std::nullopt;
  case FileType::directory:
    return "is a directory";
  case FileType::symlink:
    return "is a symbolic link";
  case FileType::other:
    return "is not a regular file";
  }
  return std::nullopt;
}

FolderCount count_folder(Fs& fs, const std::string& path, std::uint64_t most) {
  FolderCount count;
  if (!fs.stat(path)) {
    return count;
  }
  fs.visit(path, [&](std::string_view name, FileType type) {
    const std::optional<DirPlace> place = parse_dir_name(name);
    auto reason = why_not_regular(fs, path, name, type);
    if (!reason && !place) {
      reason = "is not the file of an entry";
    }
    if (reason) {
      if (!name.ends_with(".oversized") && count.strays.size() < 100) {
        count.strays.push_back({join_path(path, name), std::string(*reason)});
      }
      return true;
    }
    if (count.entries >= most) {
      count.is_approximate = true;
      return false;
    }
    ++count.entries;
    if (place->time > 0 && (count.oldest == 0 || place->time < count.oldest)) {
      count.oldest = place->time;
    }
    return true;
  });
  return count;
}

} // namespace

DirQueue::DirQueue(Fs& fs, Clock& clock, const Log& log, std::string directory,
                   const DirClaimOptions& options)
    : m_fs(fs),
      m_clock(clock),
      m_strays(log),
      m_spool(fs, std::move(directory)),
      m_claimer(fs, clock, m_strays, m_spool, options),
      m_settler(fs, clock, m_spool) {}

std::string DirQueue::append(const Lane& lane, std::string_view lines,
                             const AppendOptions& options) {
  DirAppender appender(m_fs, m_clock, m_spool);
  std::string path;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    if (const std::string_view line = lines.substr(0, end); !is_blank_line(line)) {
      const std::string sequence = appender.next_sequence();
      path = appender.append({lane.priority, sequence, line, options.durable});
    }
    lines.remove_prefix(end);
  }
  return path;
}

void DirQueue::claim(LedgerView&, const ClaimLimits& limits, Batch& batch) {
  m_claimer.claim(limits, batch);
}

void DirQueue::settle(const Batch& batch, const Outcomes& outcomes) {
  m_settler.settle(batch, outcomes);
}

std::vector<SegmentId> DirQueue::sweep(LedgerView&) {
  if (m_spool.exists()) {
    m_claimer.return_orphans();
  }
  return {};
}

bool DirQueue::count_retry(const Batch& batch, const Entry& entry, std::uint32_t most) {
  const std::uint32_t retries = entry.attempts + 1;
  if (retries >= most) {
    m_settler.fail(batch, entry, {"max-retries", "max retries exceeded"});
    return true;
  }
  m_settler.set_retries(batch, entry, retries);
  return false;
}

QueueCount DirQueue::count_waiting(Bytes count_bytes) {
  const std::uint64_t most = count_bytes / k_bytes_per_entry;
  const FolderCount pending = count_folder(m_fs, m_spool.pending(), most);
  QueueCount count;
  count.pending = pending.entries;
  count.processing = count_folder(m_fs, m_spool.processing(), most).entries;
  count.is_approximate = pending.is_approximate;
  return count;
}

QueueScan DirQueue::scan(LedgerView&, Bytes count_bytes) {
  QueueScan scan;
  if (!m_spool.exists()) {
    return scan;
  }
  const std::uint64_t most = count_bytes / k_bytes_per_entry;
  FolderCount pending = count_folder(m_fs, m_spool.pending(), most);
  const FolderCount processing = count_folder(m_fs, m_spool.processing(), most);
  const FolderCount completed = count_folder(m_fs, m_spool.completed(), most);
  const FolderCount failed = count_folder(m_fs, m_spool.failed(), most);
  QueueCount count;
  count.name = m_spool.directory();
  count.format = "dir";
  count.pending = pending.entries;
  count.processing = processing.entries;
  count.completed = completed.entries;
  count.failed = failed.entries;
  count.is_approximate = pending.is_approximate || processing.is_approximate ||
                         completed.is_approximate || failed.is_approximate;
  if (pending.oldest > 0) {
    count.oldest_at = to_instant(pending.oldest);
  }
  scan.queues.push_back(std::move(count));
  scan.strays = std::move(pending.strays);
  scan.strays.insert(scan.strays.end(), processing.strays.begin(), processing.strays.end());
  scan.strays.insert(scan.strays.end(), failed.strays.begin(), failed.strays.end());
  return scan;
}

} // namespace menacedb
