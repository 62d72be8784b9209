#include "core/queue/seal.hpp"

#include "core/base/error.hpp"

namespace menacedb {

std::optional<SegmentId> read_identity(Fs& fs, const Fd& file) {
  const auto value = fs.attribute(file, k_identity_attribute);
  return value ? parse_segment(*value) : std::nullopt;
}

std::optional<Sealer::Sealed> Sealer::seal(const Lane& lane, const Fd& file) {
  m_fs.reached(Step::seal_locked);
  m_spool.create_sealed_directory();
  const FileStat like = m_fs.stat(file);
  auto kept = read_identity(m_fs, file);
  if (kept && is_anothers(*kept, lane)) {
    kept.reset();
  }
  Sealed sealed{kept ? *kept : m_spool.next_segment(m_given), {}};
  sealed.path = m_spool.sealed_path(sealed.segment, lane);
  const auto successor = create_successor(sealed.path, like);
  if (!successor) {
    return std::nullopt;
  }
  m_fs.reached(Step::seal_created);
  if (!swap(m_spool.active_path(lane), sealed.path, like)) {
    return std::nullopt;
  }
  m_fs.reached(Step::seal_exchanged);
  return sealed;
}

// Somebody copied a sealed segment with its attributes to the active name, or the number was given
// again from an old state and is over: what is settled is never an active file.
bool Sealer::is_anothers(const SegmentId& segment, const Lane& lane) {
  if (m_given != nullptr && m_given->is_settled(segment)) {
    return true;
  }
  const auto other = m_fs.open_if_exists(m_spool.sealed_path(segment, lane), {});
  return other && read_identity(m_fs, *other) == segment;
}

// The file that will be the active one, at first under the sealed name, locked so that no sweep
// takes it for a leftover. When that name exists, an earlier seal of this file got no further than
// here, or a power cut undid its exchange: then what lies there is the successor already.
std::optional<Fd> Sealer::create_successor(const std::string& path, const FileStat& like) {
  OpenOptions options;
  options.mode = OpenMode::read_write;
  auto file = m_fs.open_if_exists(path, options);
  if (!file) {
    options.create = true;
    file = m_fs.open(path, options);
    m_fs.set_owner_and_mode(*file, like);
  }
  if (!m_fs.try_lock(*file, LockMode::exclusive)) {
    return std::nullopt;
  }
  const auto named = m_fs.stat(path);
  if (!named || named->id != m_fs.stat(*file).id) {
    return std::nullopt;
  }
  return file;
}

bool Sealer::swap(const std::string& active, const std::string& sealed, const FileStat& like) {
  try {
    if (m_fs.exchange(active, sealed)) {
      return true;
    }
    m_fs.rename(active, sealed);
  } catch (const Error& error) {
    if (error.code() == "not-found") {
      return false;
    }
    throw;
  }
  OpenOptions options;
  options.mode = OpenMode::append;
  options.create = true;
  m_fs.set_owner_and_mode(m_fs.open(active, options), like);
  return true;
}

void Sealer::sync() {
  m_fs.sync_directory(m_spool.sealed_directory());
  m_fs.sync_directory(m_spool.directory());
  m_fs.reached(Step::seal_synced);
}

} // namespace menacedb
