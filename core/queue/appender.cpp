#include "core/queue/appender.hpp"

#include "core/base/error.hpp"
#include "core/queue/seal.hpp"
#include "core/queue/stray.hpp"

#include <fmt/format.h>

namespace menacedb {

namespace {

constexpr const char* k_name_attribute = "named";

} // namespace

Appender::Appender(Fs& fs, Spool& spool, Lane lane)
    : m_fs(fs), m_spool(spool), m_lane(std::move(lane)), m_path(spool.active_path(m_lane)) {}

void Appender::append(std::string_view lines, bool durable) {
  if (lines.empty()) {
    return;
  }
  const Bytes size = lock_active();
  try {
    write(lines, size);
  } catch (...) {
    m_file.close(); // and with it the lock
    throw;
  }
  m_fs.unlock(m_file);
  m_fs.reached(Step::append_written);
  if (durable) {
    sync();
    m_fs.reached(Step::append_synced);
  }
}

Bytes Appender::lock_active() {
  for (;;) {
    if (!m_file) {
      open_active();
      m_fs.reached(Step::append_opened);
    }
    m_fs.lock(m_file, LockMode::exclusive);
    m_fs.reached(Step::append_locked);
    const FileStat file = m_fs.stat(m_file);
    const auto named = m_fs.stat(m_path);
    if (!named || named->id != file.id) {
      m_file.close(); // sealed or removed while we waited
      continue;
    }
    if (const auto reason = why_stray(file)) {
      m_file.close();
      throw stray_error("append to", m_path, *reason);
    }
    char last = '\n';
    if (file.size > 0 && m_fs.read_at(m_file, &last, 1, file.size - 1) == 1 && last != '\n') {
      seal_torn_tail();
      continue;
    }
    m_inode = file.id.inode;
    return file.size;
  }
}

void Appender::open_active() {
  OpenOptions options;
  options.mode = OpenMode::read_append;
  options.create = true;
  m_is_name_synced = false;
  try {
    m_file = m_fs.open(m_path, options);
    return;
  } catch (const Error& error) {
    if (error.code() != "not-found") {
      const auto named = m_fs.stat(m_path);
      if (const auto reason = named ? why_stray(*named) : std::nullopt) {
        throw stray_error("append to", m_path, *reason);
      }
      throw;
    }
  }
  m_spool.create_directory();
  m_file = m_fs.open(m_path, options);
}

// Whoever left the tail is dead, or writes without a lock and will finish its line in the sealed
// file; glued to it, a good line would be lost.
void Appender::seal_torn_tail() {
  Sealer sealer(m_fs, m_spool);
  if (sealer.seal(m_lane, m_file)) {
    sealer.sync();
  }
  m_file.close();
  m_fs.reached(Step::append_tail_repaired);
}

void Appender::write(std::string_view lines, Bytes size_before) {
  const std::size_t written = m_fs.write_once(m_file, lines);
  if (written == lines.size()) {
    return;
  }
  cut_back(lines.substr(0, written));
  throw Error(ErrorKind::io, "disk-full",
              fmt::format("cannot append to '{}' at byte {}: only {} of {} bytes found room",
                          m_path, size_before, written, lines.size()));
}

// Only when our bytes are still the last ones: a producer without manners may have followed.
void Appender::cut_back(std::string_view written) {
  const Bytes size = m_fs.stat(m_file).size;
  std::string tail(written.size(), '\0');
  if (size < tail.size() ||
      m_fs.read_at(m_file, tail.data(), tail.size(), size - tail.size()) != tail.size() ||
      tail != written) {
    throw Error(ErrorKind::io, "append-torn",
                fmt::format("cannot append to '{}': the disk is full, and {} bytes that were "
                            "written cannot be taken back",
                            m_path, written.size()));
  }
  m_fs.truncate(m_file, size - tail.size());
}

// Once for each file, not once for each process: the file itself says under which name it is known
// to survive. The mark is made after the sync it speaks of, and may be lost, never early.
void Appender::sync_name() {
  const std::string mark = fmt::format("{}:{}", m_inode, lane_file_name(m_lane));
  if (m_fs.attribute(m_file, k_name_attribute) != mark) {
    m_fs.sync_directory(m_spool.directory());
    m_fs.set_attribute(m_file, k_name_attribute, mark);
  }
  m_is_name_synced = true;
}

// Outside of the lock, so that the syncs of several writers overlap.
void Appender::sync() {
  try {
    m_fs.sync_data(m_file);
    if (!m_is_name_synced) {
      sync_name();
    }
  } catch (Error& error) {
    throw Error(
        ErrorKind::io, "append-unsynced",
        fmt::format("{} (the lines are queued, but may not survive a power cut)", error.message()));
  }
}

} // namespace menacedb
