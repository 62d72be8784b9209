#include "core/queue/jsonl_queue.hpp"

#include "core/queue/appender.hpp"
#include "core/queue/scan.hpp"

#include <set>

namespace menacedb {

JsonlQueue::JsonlQueue(Fs& fs, Clock& clock, const Log& log, std::string directory,
                       const JsonlQueueOptions& options)
    : m_fs(fs),
      m_spool(fs, clock, std::move(directory)),
      m_options(options),
      m_strays(log),
      m_claimer(fs, clock, log, m_spool, m_strays, {options.max_line, options.in_place_below}),
      m_flat_archive(fs, log, m_spool),
      m_sweeper(fs, clock, m_spool) {}

// The file is not kept open: as long as it is, the segment it becomes cannot be settled.
std::string JsonlQueue::append(const Lane& lane, std::string_view lines,
                               const AppendOptions& options) {
  Appender appender(m_fs, m_spool, lane);
  appender.append(lines, options.durable);
  return appender.path();
}

void JsonlQueue::claim(LedgerView& ledger, const ClaimLimits& limits, Batch& batch) {
  m_claimer.claim(ledger, limits, batch);
}

void JsonlQueue::settle(const Batch& batch, const Outcomes&) {
  if (m_options.flat_archive) {
    m_flat_archive.append(batch);
    m_fs.reached(Step::flat_archived);
  }
}

std::vector<SegmentId> JsonlQueue::sweep(LedgerView& ledger) {
  m_flat_archive.flush();
  return m_sweeper.sweep(ledger);
}

QueueScan JsonlQueue::scan(LedgerView& ledger, Bytes count_bytes) {
  return Scanner(m_fs, m_spool, count_bytes).scan(ledger);
}

std::vector<SegmentId> JsonlQueue::without_file(std::span<const SegmentId> segments) {
  // The active files first: one that is sealed meanwhile is then met under its sealed name.
  std::set<SegmentId> present;
  const bool exists = m_fs.stat(m_spool.directory()).has_value();
  for (const DirEntry& entry : exists ? m_fs.list(m_spool.directory()) : std::vector<DirEntry>()) {
    const std::string path = join_path(m_spool.directory(), entry.name);
    const auto file = parse_lane_file_name(entry.name) ? open_readable(m_fs, m_strays, path)
                                                       : std::optional<Fd>();
    if (const auto mark = file ? read_identity(m_fs, *file) : std::nullopt) {
      present.insert(*mark);
    }
  }
  for (const Spool::Sealed& sealed : m_spool.sealed()) {
    present.insert(sealed.segment);
  }
  std::vector<SegmentId> gone;
  for (const SegmentId& segment : segments) {
    if (!present.contains(segment)) {
      gone.push_back(segment);
    }
  }
  return gone;
}

} // namespace menacedb
