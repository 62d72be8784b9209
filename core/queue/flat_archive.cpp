#include "core/queue/flat_archive.hpp"

#include <algorithm>
#include <functional>

namespace menacedb {

namespace {

constexpr std::size_t k_chunk = 256u << 10;
constexpr std::size_t k_worth_a_thread = 64u << 10;

} // namespace

FlatArchive::FlatArchive(Fs& fs, const Log& log, const Spool& spool)
    : m_fs(fs),
      m_log(log),
      m_spool(spool),
      m_writer([this](std::string_view bytes) { write_in_background(bytes); }) {}

void FlatArchive::append(const Batch& batch) {
  if (batch.slices.empty()) {
    return;
  }
  try {
    append_slices(batch);
  } catch (const Error& error) {
    warn(error);
  }
}

void FlatArchive::warn(const Error& error) {
  if (!m_has_warned.exchange(true)) {
    m_log.event(LogLevel::warning, "flat-archive-failed",
                {{"path", m_spool.flat_archive_path()}, {"reason", std::string(error.message())}});
  }
}

Fd FlatArchive::open_target() {
  OpenOptions options;
  options.mode = OpenMode::append;
  options.create = true;
  return m_fs.open(m_spool.flat_archive_path(), options);
}

void FlatArchive::append_slices(const Batch& batch) {
  std::optional<Fd> target;
  for (const Slice& slice : batch.slices) {
    const std::string_view bytes = slice.bytes;
    if (bytes.size() >= k_worth_a_thread) {
      m_writer.put(bytes);
      continue;
    }
    m_writer.flush(); // the order of the lines stays
    if (!target) {
      target = open_target();
    }
    if (bytes.empty()) {
      copy(slice, *target);
    } else {
      write(*target, bytes);
    }
  }
}

// On the writer's thread, where nobody could catch anything.
void FlatArchive::write_in_background(std::string_view bytes) {
  try {
    write(open_target(), bytes);
  } catch (const Error& error) {
    warn(error);
  }
}

void FlatArchive::write(const Fd& target, std::string_view bytes) {
  m_fs.write_all(target, bytes);
  if (bytes.back() != '\n') {
    m_fs.write_all(target, "\n");
  }
}

// Where the segment lies by now: it may have been sealed or settled since the claim.
void FlatArchive::copy(const Slice& slice, const Fd& target) {
  std::optional<Fd> source;
  for (const std::string& path : {slice.path, m_spool.sealed_path(slice.segment, slice.lane),
                                  m_spool.archive_path(slice.segment, slice.lane)}) {
    source = m_fs.open_if_exists(path, {});
    if (source && m_fs.stat(*source).size >= slice.end) {
      break;
    }
  }
  std::string buffer(std::min<Bytes>(k_chunk, slice.end - slice.begin), '\0');
  char last = '\n';
  for (Bytes offset = slice.begin; source && offset < slice.end;) {
    const std::size_t wanted = std::min<Bytes>(buffer.size(), slice.end - offset);
    const std::size_t count = m_fs.read_at(*source, buffer.data(), wanted, offset);
    if (count == 0) {
      break;
    }
    m_fs.write_all(target, std::string_view(buffer).substr(0, count));
    last = buffer[count - 1];
    offset += count;
  }
  if (last != '\n') {
    m_fs.write_all(target, "\n");
  }
}

} // namespace menacedb
