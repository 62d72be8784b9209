#include "core/queue/identity.hpp"

#include "core/base/error.hpp"

namespace menacedb {

std::optional<SegmentId> Identities::mark(LaneFiles& lane, const Fd& file,
                                          const std::optional<SegmentId>& instead_of,
                                          GivenNumbers& given) {
  if (!m_fs.try_lock(file, LockMode::exclusive)) {
    return std::nullopt;
  }
  const FileId id = m_fs.stat(file).id;
  const auto named = m_fs.stat(m_spool.active_path(lane.lane));
  auto mark = read_identity(m_fs, file);
  if (!named || named->id != id) {
    mark.reset();
  } else if (!mark || mark == instead_of) {
    mark = m_spool.next_segment(&given);
    if (!m_fs.set_attribute(file, k_identity_attribute, format_segment(*mark))) {
      lane.unmarkable = id;
      mark.reset();
    } else {
      lane.synced_active = {};
      m_fs.reached(Step::identity_set);
    }
  }
  m_fs.unlock(file);
  return mark;
}

bool Identities::renumber(const Lane& lane, SealedFile& file, GivenNumbers& given) {
  const SegmentId number = m_spool.next_segment(&given);
  std::string path = m_spool.sealed_path(number, lane);
  try {
    m_fs.rename(file.path, path);
  } catch (const Error& error) {
    if (error.code() == "not-found") {
      return false;
    }
    throw;
  }
  report(path, file.segment, number);
  file.segment = number;
  file.path = std::move(path);
  file.is_name_synced = false;
  file.done.reset();
  return true;
}

void Identities::report(const std::string& path, const SegmentId& before, const SegmentId& after) {
  m_log.event(LogLevel::warning, "segment-rewritten",
              {{"path", path},
               {"segment", format_segment(before)},
               {"new_segment", format_segment(after)}});
}

} // namespace menacedb
