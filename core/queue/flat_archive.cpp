#include "core/queue/flat_archive.hpp"

#include <algorithm>
#include <functional>

namespace menacedb {

namespace {

constexpr std::size_t k_chunk = 256u << 10;
constexpr std::size_t k_worth_a_thread = 64u << 10;
// Of this much the text is still in the page cache; copies in memory are of small files.
constexpr std::size_t k_most_waiting = 32u << 20;

} // namespace

FlatArchive::FlatArchive(Fs& fs, const Log& log, const Spool& spool)
    : m_fs(fs), m_log(log), m_spool(spool), m_jobs(k_most_waiting) {}

void FlatArchive::append(const Batch& batch) {
  for (const Slice& slice : batch.slices) {
    if (slice.end - slice.begin >= k_worth_a_thread) {
      append_in_background(slice);
    } else {
      m_jobs.flush(); // the order of the lines stays
      append_slice(slice);
    }
  }
}

void FlatArchive::append_slice(const Slice& slice) {
  if (slice.bytes.empty()) {
    copy(slice);
  } else {
    write(slice.bytes);
  }
}

// By the time the thread comes to it, an active file may be another one.
void FlatArchive::append_in_background(const Slice& slice) {
  const Bytes size = slice.end - slice.begin;
  if (slice.is_sealed || slice.bytes.empty()) {
    m_jobs.put(size, [this, slice] { copy(slice); });
  } else {
    m_jobs.put(size, [this, bytes = std::string(slice.bytes)] { write(bytes); });
  }
}

void FlatArchive::attempt(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    if (!m_has_warned.exchange(true)) {
      m_log.event(
          LogLevel::warning, "flat-archive-failed",
          {{"path", m_spool.flat_archive_path()}, {"reason", std::string(error.message())}});
    }
  }
}

Fd FlatArchive::open_target() {
  OpenOptions options;
  options.mode = OpenMode::append;
  options.create = true;
  return m_fs.open(m_spool.flat_archive_path(), options);
}

void FlatArchive::write(std::string_view bytes) {
  attempt([&] {
    const Fd target = open_target();
    m_fs.write_all(target, bytes);
    if (bytes.back() != '\n') {
      m_fs.write_all(target, "\n");
    }
  });
}

void FlatArchive::copy(const Slice& slice) {
  attempt([&] { copy_to(open_target(), slice); });
}

// Where the segment lies by now: it may have been sealed or settled since the claim.
void FlatArchive::copy_to(const Fd& target, const Slice& slice) {
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
