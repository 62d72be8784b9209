#include "core/queue/preview.hpp"

#include "core/base/error.hpp"
#include "core/queue/seal.hpp"

#include <algorithm>

namespace menacedb {

Preview::Preview(Fs& fs, Clock& clock, const std::string& directory, LedgerView& ledger,
                 Bytes max_line)
    : m_fs(fs),
      m_spool(fs, clock, directory),
      m_ledger(ledger),
      m_max_line(max_line),
      m_reader(fs) {
  if (!fs.stat(directory)) {
    return;
  }
  if (fs.stat(m_spool.sealed_directory())) {
    for (const Spool::Sealed& sealed : m_spool.sealed()) {
      add(sealed.path, sealed.lane, sealed.segment);
    }
  }
  std::vector<Lane> lanes;
  for (const DirEntry& entry : fs.list(directory)) {
    if (const std::optional<Lane> lane = parse_lane_file_name(entry.name)) {
      lanes.push_back(*lane);
    }
  }
  std::sort(lanes.begin(), lanes.end());
  for (const Lane& lane : lanes) {
    add(m_spool.active_path(lane), lane, std::nullopt);
  }
}

void Preview::add(const std::string& path, const Lane& lane, std::optional<SegmentId> sealed) {
  const std::optional<FileStat> stat = m_fs.stat(path);
  if (!stat || stat->type != FileType::regular || stat->links != 1 || stat->size == 0) {
    return;
  }
  std::optional<Fd> file = m_fs.open_if_exists(path, {});
  if (!file) {
    return;
  }
  Source source;
  source.segment.lane = lane;
  source.segment.path = path;
  source.segment.is_sealed = sealed.has_value();
  source.segment.segment = sealed ? *sealed : read_identity(m_fs, *file).value_or(SegmentId{});
  source.segment.file = std::move(*file);
  if (!source.segment.segment.spool.empty()) {
    source.position = m_ledger.position(source.segment.segment);
  }
  if (!source.position.is_settled) {
    m_sources.push_back(std::move(source));
  }
}

void Preview::read(Bytes room, std::uint64_t most_entries, const std::string& table, Batch& batch) {
  m_reader.recycle(batch);
  batch.clear();
  while (!m_sources.empty() && batch.slices.empty()) {
    Source& source = m_sources.front();
    const ReadEnd end = m_reader.read(source.segment, source.position,
                                      {.room = room,
                                       .most_entries = most_entries,
                                       .max_line = m_max_line,
                                       .table = table,
                                       .is_final = {}},
                                      batch);
    if (!batch.slices.empty()) {
      source.position.offset = batch.slices.back().end;
      source.position.digest = batch.slices.back().digest_after;
    }
    if (end != ReadEnd::full) {
      m_sources.pop_front();
    }
  }
}

} // namespace menacedb
