#include "core/queue/survey.hpp"

#include <algorithm>

namespace menacedb {

FileLook look_of(const FileStat& stat) noexcept {
  return {stat.id, stat.size, stat.changed_at};
}

Survey::Survey(Fs& fs, Spool& spool, StrayReporter& strays)
    : m_fs(fs), m_spool(spool), m_strays(strays) {}

// First the active files, then the sealed ones: whatever was sealed before an active file got its
// name is then in the list, and the order within the lane is kept.
void Survey::refresh(bool thorough) {
  if (!m_fs.stat(m_spool.directory())) {
    m_lanes.clear();
    return;
  }
  const bool is_changed = stat_active_files();
  if (thorough || is_changed || !has_undecided()) {
    list_sealed();
  }
  drop_empty_lanes();
}

bool Survey::stat_active_files() {
  for (auto& [lane, files] : m_lanes) {
    files.active.reset();
  }
  bool is_changed = false;
  for (const DirEntry& entry : m_fs.list(m_spool.directory())) {
    auto lane = parse_lane_file_name(entry.name);
    if (!lane) {
      if (is_mistaken_lane_name(entry.name)) {
        m_strays.report(join_path(m_spool.directory(), entry.name), why_misnamed());
      }
      continue;
    }
    auto stat = examine(join_path(m_spool.directory(), entry.name));
    if (!stat) {
      continue;
    }
    LaneFiles& files = m_lanes[*lane];
    files.lane = std::move(*lane);
    files.active = stat;
    if (files.known_active != stat->id) {
      files.known_active = stat->id;
      files.must_check_twin = true;
      files.mark.reset();
      is_changed = true;
    }
  }
  return is_changed;
}

std::optional<FileStat> Survey::examine(const std::string& path) {
  auto stat = m_fs.stat(path);
  if (stat) {
    if (const auto reason = why_stray(*stat)) {
      m_strays.report(path, *reason);
      stat.reset();
    }
  }
  return stat;
}

bool Survey::has_undecided() const {
  return std::any_of(m_lanes.begin(), m_lanes.end(), [](const auto& lane) {
    return std::any_of(lane.second.sealed.begin(), lane.second.sealed.end(),
                       [](const SealedFile& file) { return !file.is_done(); });
  });
}

void Survey::list_sealed() {
  std::map<std::string, SealedFile> known;
  for (auto& [lane, files] : m_lanes) {
    for (SealedFile& file : files.sealed) {
      std::string path = file.path;
      known.emplace(std::move(path), std::move(file));
    }
    files.sealed.clear();
  }
  for (Spool::Sealed& sealed : m_spool.sealed()) {
    const auto stat = examine(sealed.path);
    if (!stat) {
      continue;
    }
    LaneFiles& files = m_lanes[sealed.lane];
    files.lane = sealed.lane;
    SealedFile file;
    if (const auto found = known.find(sealed.path); found != known.end()) {
      file = std::move(found->second);
    } else {
      file.segment = std::move(sealed.segment);
      file.path = std::move(sealed.path);
      files.must_check_twin = true;
    }
    file.look = look_of(*stat);
    if (stat->size == 0) {
      file.done = file.look; // left behind by a seal that was cut short; the sweep's business
    }
    files.sealed.push_back(std::move(file));
  }
}

void Survey::drop_empty_lanes() {
  std::erase_if(m_lanes,
                [](const auto& lane) { return !lane.second.active && lane.second.sealed.empty(); });
}

} // namespace menacedb
