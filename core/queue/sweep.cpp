#include "core/queue/sweep.hpp"

#include "core/base/error.hpp"
#include "core/queue/seal.hpp"
#include "core/queue/segment_reader.hpp"
#include "core/queue/stray.hpp"

#include <algorithm>

namespace menacedb {

std::vector<SegmentId> Sweeper::sweep(LedgerView& ledger) {
  std::vector<SegmentId> settled;
  for (Spool::Sealed& sealed : m_spool.sealed()) {
    const auto stat = m_fs.stat(sealed.path);
    if (!stat || why_stray(*stat)) {
      continue;
    }
    if (stat->size == 0) {
      if (remove_empty(sealed, *stat)) {
        settled.push_back(std::move(sealed.segment));
      }
    } else if (is_over(sealed, *stat, ledger) && archive(sealed)) {
      settled.push_back(std::move(sealed.segment));
    }
  }
  if (!settled.empty()) {
    m_fs.reached(Step::settle_archived);
    if (m_fs.stat(m_spool.archive_directory())) { // not made yet when only empty ones were settled
      m_fs.sync_directory(m_spool.archive_directory());
    }
    m_fs.sync_directory(m_spool.sealed_directory());
    m_fs.reached(Step::settle_synced);
  }
  return settled;
}

// A settled one is here because a power cut undid its rename.
bool Sweeper::is_over(const Spool::Sealed& sealed, const FileStat& stat, LedgerView& ledger) {
  const Position position = ledger.position(sealed.segment);
  if (!position.is_settled && position.offset != stat.size) {
    return false;
  }
  if (!m_writers.are_gone(sealed.path, stat)) {
    return false;
  }
  if (position.is_settled) {
    return true;
  }
  // The last bytes may have come just before the last writer went.
  const auto now = m_fs.stat(sealed.path);
  return now && now->id == stat.id && now->size == position.offset &&
         has_digest(sealed.path, position);
}

bool Sweeper::has_digest(const std::string& path, const Position& position) {
  const auto file = m_fs.open_if_exists(path, {});
  if (!file) {
    return false;
  }
  std::string bytes(std::min(position.offset, k_digest_span), '\0');
  const std::size_t count =
      m_fs.read_at(*file, bytes.data(), bytes.size(), position.offset - bytes.size());
  return count == bytes.size() && digest_before(bytes) == position.digest;
}

bool Sweeper::archive(const Spool::Sealed& sealed) {
  m_spool.create_archive_directory();
  try {
    m_fs.rename(sealed.path, m_spool.archive_path(sealed.segment, sealed.lane));
    return true;
  } catch (const Error& error) {
    if (error.code() == "not-found") {
      return false; // another drain was faster
    }
    throw;
  }
}

// Either a lane was idle and taken away: the file bears its number, which is over now. Or a seal
// was cut short before its exchange: the number may be that of an active file, so it is not
// settled. A seal that is under way holds the lock.
bool Sweeper::remove_empty(const Spool::Sealed& sealed, const FileStat& stat) {
  if (!m_writers.are_gone(sealed.path, stat)) {
    return false;
  }
  const auto file = m_fs.open_if_exists(sealed.path, {});
  if (!file || !m_fs.try_lock(*file, LockMode::exclusive)) {
    return false;
  }
  const auto named = m_fs.stat(sealed.path);
  if (!named || named->id != m_fs.stat(*file).id || named->size != 0) {
    return false;
  }
  const bool is_whole = read_identity(m_fs, *file) == sealed.segment;
  return m_fs.unlink(sealed.path) && is_whole;
}

} // namespace menacedb
