#include "core/queue/lane_sealer.hpp"

#include "core/base/error.hpp"

#include <algorithm>

namespace menacedb {

namespace {

constexpr std::size_t k_at_once = 64; // each holds a file open

std::vector<SealedFile>::iterator find_segment(LaneFiles& lane, const SegmentId& segment) {
  return std::find_if(lane.sealed.begin(), lane.sealed.end(),
                      [&](const SealedFile& file) { return file.segment == segment; });
}

} // namespace

std::optional<Fd> open_readable(Fs& fs, StrayReporter& strays, const std::string& path) {
  try {
    auto file = fs.open_if_exists(path, {});
    if (!file) {
      return std::nullopt;
    }
    if (const auto reason = why_stray(fs.stat(*file))) {
      strays.report(path, *reason);
      return std::nullopt;
    }
    return file;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied) {
      throw;
    }
    strays.report(path, why_unreadable());
    return std::nullopt;
  }
}

std::vector<std::optional<SegmentId>> LaneSealer::seal(std::span<LaneFiles* const> lanes,
                                                       GivenNumbers& given) {
  std::vector<std::optional<SegmentId>> results;
  while (!lanes.empty()) {
    const auto some = lanes.first(std::min(lanes.size(), k_at_once));
    seal_some(some, given, results);
    lanes = lanes.subspan(some.size());
  }
  return results;
}

void LaneSealer::seal_some(std::span<LaneFiles* const> lanes, GivenNumbers& given,
                           std::vector<std::optional<SegmentId>>& results) {
  Sealer sealer(m_fs, m_spool, &given);
  std::vector<Fd> locked; // until the names are synced
  for (LaneFiles* const lane : lanes) {
    std::optional<SegmentId> result;
    if (auto file = lock_active(*lane)) {
      if (const auto sealed = sealer.seal(lane->lane, *file)) {
        note(*lane, *sealed);
        result = sealed->segment;
        locked.push_back(std::move(*file));
      }
    }
    results.push_back(std::move(result));
  }
  if (locked.empty()) {
    return;
  }
  sealer.sync();
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (const auto& segment = results[results.size() - lanes.size() + i]) {
      find_segment(*lanes[i], *segment)->is_name_synced = true;
    }
  }
}

std::optional<Fd> LaneSealer::lock_active(const LaneFiles& lane) {
  const std::string path = m_spool.active_path(lane.lane);
  auto file = open_readable(m_fs, m_strays, path);
  if (!file || !lane.active || m_fs.stat(*file).id != lane.active->id ||
      !m_fs.try_lock(*file, LockMode::exclusive)) {
    return std::nullopt;
  }
  const auto named = m_fs.stat(path);
  if (!named || named->id != lane.active->id) {
    return std::nullopt;
  }
  return file;
}

void LaneSealer::note(LaneFiles& lane, const Sealer::Sealed& sealed) {
  auto file = find_segment(lane, sealed.segment);
  if (file == lane.sealed.end()) {
    lane.sealed.emplace_back();
    file = lane.sealed.end() - 1;
  }
  *file = SealedFile();
  file->segment = sealed.segment;
  file->path = sealed.path;
  if (const auto stat = m_fs.stat(sealed.path)) {
    file->look = look_of(*stat);
  }
  std::sort(lane.sealed.begin(), lane.sealed.end(),
            [](const SealedFile& a, const SealedFile& b) { return a.segment < b.segment; });
  lane.active = m_fs.stat(m_spool.active_path(lane.lane));
  lane.known_active = lane.active ? lane.active->id : FileId();
  lane.mark.reset();
  lane.idle.reset();
}

} // namespace menacedb
