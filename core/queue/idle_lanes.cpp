#include "core/queue/idle_lanes.hpp"

#include "core/queue/stray.hpp"

#include <optional>

namespace menacedb {
namespace {

bool is_same(const FileStat& a, const FileStat& b) {
  return a.id == b.id && a.size == b.size && a.changed_at == b.changed_at;
}

} // namespace

std::vector<IdleLane> find_idle_lanes(Fs& fs, const Spool& spool) {
  std::vector<IdleLane> idle;
  if (!fs.stat(spool.directory())) {
    return idle;
  }
  for (const DirEntry& entry : fs.list(spool.directory())) {
    auto lane = parse_lane_file_name(entry.name);
    const std::string path = join_path(spool.directory(), entry.name);
    const auto stat = lane ? fs.stat(path) : std::nullopt;
    if (!stat || why_stray(*stat)) {
      continue;
    }
    const auto file = stat->size > 0 ? fs.open_if_exists(path, {}) : std::nullopt;
    if (stat->size == 0 || (file && read_identity(fs, *file))) {
      idle.push_back({std::move(*lane), path, *stat});
    }
  }
  return idle;
}

bool LaneRetirer::retire(const IdleLane& idle) {
  const auto file = m_fs.open_if_exists(idle.path, {});
  if (!file || !m_fs.try_lock(*file, LockMode::exclusive)) {
    return false;
  }
  const auto named = m_fs.stat(idle.path);
  if (!named || !is_same(*named, idle.stat) || !is_same(m_fs.stat(*file), idle.stat)) {
    return false;
  }
  m_fs.reached(Step::seal_locked);
  m_spool.create_sealed_directory();
  std::optional<SegmentId> segment = read_identity(m_fs, *file);
  if (!segment) {
    segment = m_spool.next_segment();
    // By this mark the sweep knows it from the leftover of a seal, and so its number as used.
    m_fs.set_attribute(*file, k_identity_attribute, format_segment(*segment));
  }
  // A name that is taken is that of a seal cut short, which the next drain will do again.
  if (m_fs.rename_new(idle.path, m_spool.sealed_path(*segment, idle.lane)) != Moved::done) {
    return false;
  }
  m_fs.reached(Step::seal_exchanged);
  m_has_retired = true;
  return true;
}

void LaneRetirer::sync() {
  if (m_has_retired) {
    Sealer(m_fs, m_spool).sync();
    m_has_retired = false;
  }
}

} // namespace menacedb
