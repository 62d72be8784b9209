#include "core/queue/durability.hpp"

#include "core/base/error.hpp"

namespace menacedb {

void Durability::sync_sealed(Survey::Lanes& lanes, LaneFiles& lane, SealedFile& file,
                             const Fd& descriptor, Bytes end) {
  try {
    if (!file.is_name_synced) {
      sync_names(lanes);
    }
    if (file.synced < end) {
      const Bytes size = m_fs.stat(descriptor).size;
      m_fs.sync_data(descriptor);
      file.synced = size;
    }
  } catch (const Error& error) {
    fail(lane, file.path, error.message());
    throw;
  }
}

// Whoever sealed them may have died before syncing. All that were listed before are covered.
void Durability::sync_names(Survey::Lanes& lanes) {
  m_fs.sync_directory(m_spool.sealed_directory());
  m_fs.sync_directory(m_spool.directory());
  for (auto& [name, lane] : lanes) {
    for (SealedFile& file : lane.sealed) {
      file.is_name_synced = true;
    }
  }
}

void Durability::sync_active(LaneFiles& lane, const Fd& descriptor, Bytes end) {
  try {
    const FileStat stat = m_fs.stat(descriptor);
    if (lane.synced_active != stat.id) {
      m_fs.sync(descriptor); // fdatasync leaves attributes out
      lane.synced_active = stat.id;
    } else if (lane.synced < end) {
      m_fs.sync_data(descriptor);
    }
    lane.synced = stat.size;
  } catch (const Error& error) {
    fail(lane, m_spool.active_path(lane.lane), error.message());
    throw;
  }
}

void Durability::fail(LaneFiles& lane, const std::string& path, const std::string& reason) {
  lane.is_failed = true;
  m_log.event(LogLevel::error, "sync-failed", {{"path", path}, {"reason", reason}});
}

} // namespace menacedb
