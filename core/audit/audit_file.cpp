#include "core/audit/audit_file.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr Duration k_first_pause = std::chrono::microseconds(50);
constexpr Duration k_longest_pause = std::chrono::milliseconds(5);
constexpr unsigned k_write_attempts = 8; // each but the first needs a writer that died just then
constexpr Bytes k_first_line = 4u << 10;

} // namespace

bool wait_for_lock(Fs& fs, Clock& clock, const Fd& file, LockMode mode, Duration patience) {
  if (fs.try_lock(file, mode)) {
    return true;
  }
  const Duration deadline = clock.monotonic() + patience;
  for (Duration pause = k_first_pause; clock.monotonic() < deadline;
       pause = std::min(pause * 2, k_longest_pause)) {
    clock.sleep(pause);
    if (fs.try_lock(file, mode)) {
      return true;
    }
  }
  return false;
}

AuditFile::AuditFile(Fs& fs, Clock& clock, std::string path)
    : m_fs(fs), m_clock(clock), m_path(std::move(path)) {}

void AuditFile::open(Duration patience) {
  OpenOptions options;
  options.mode = OpenMode::read_append;
  options.create = true;
  do {
    try {
      m_file = m_fs.open(m_path, options);
    } catch (const Error& error) {
      if (error.code() != "not-found") {
        throw;
      }
      m_fs.make_directories(parent_directory(m_path));
      m_file = m_fs.open(m_path, options);
    }
  } while (!lock_named(patience));
}

// Locked, it cannot be deleted any more; a rotation before that is noticed by the name.
bool AuditFile::lock_named(Duration patience) {
  const FileStat file = m_fs.stat(m_file);
  if (file.type != FileType::regular) {
    m_file.close();
    throw Error(ErrorKind::io, "not-a-file",
                fmt::format("cannot append to '{}': it is not a regular file", m_path));
  }
  if (!wait_for_lock(m_fs, m_clock, m_file, LockMode::shared, patience)) {
    m_file.close();
    throw Error(ErrorKind::busy, "lock-timeout",
                fmt::format("cannot append to '{}': another program holds a lock on it", m_path));
  }
  m_id = file.id;
  if (!is_current()) {
    m_file.close();
    return false;
  }
  m_end = m_fs.stat(m_file).size;
  m_is_torn = !follows_newline(m_end);
  return true;
}

bool AuditFile::is_current() {
  const auto named = m_fs.stat(m_path);
  return named && named->id == m_id;
}

bool AuditFile::follows_newline(Bytes offset) {
  char last = '\n';
  return offset == 0 || m_fs.read_at(m_file, &last, 1, offset - 1) == 0 || last == '\n';
}

// Where the lines begin.
Bytes AuditFile::write(std::string_view lines) {
  const std::size_t written = m_fs.write_once(m_file, lines);
  const Bytes begin = m_fs.position(m_file) - written;
  if (written < lines.size()) {
    m_is_torn = true;
    m_end = begin + written;
    throw Error(ErrorKind::io, "disk-full",
                fmt::format("cannot append to '{}': only {} of {} bytes found room", m_path,
                            written, lines.size()));
  }
  return begin;
}

void AuditFile::append(std::string_view lines) {
  std::string mended;
  if (m_is_torn && !follows_newline(m_fs.stat(m_file).size)) { // nobody has mended it meanwhile
    mended = fmt::format("\n{}", lines);
    lines = mended;
  }
  for (unsigned attempt = 1;; ++attempt) {
    const Bytes begin = write(lines);
    // The common case needs no look: nobody wrote since we did.
    const bool is_whole =
        !mended.empty() || (begin == m_end && !m_is_torn) || follows_newline(begin);
    m_is_torn = false;
    m_end = begin + lines.size();
    if (is_whole || attempt == k_write_attempts) {
      return;
    }
  }
}

void AuditFile::cut(Bytes size, Bytes whole) {
  if (whole < size) {
    m_fs.truncate(m_file, whole);
  }
  m_end = whole;
  m_is_torn = !follows_newline(whole);
}

std::optional<Instant> AuditFile::began_at() {
  constexpr std::string_view k_field = R"("timestamp": ")";
  std::string line(k_first_line, '\0');
  line.resize(m_fs.read_at(m_file, line.data(), line.size(), 0));
  line.resize(std::min(line.find('\n'), line.size()));
  const std::size_t field = line.find(k_field);
  if (field == std::string::npos) {
    return std::nullopt;
  }
  const std::string_view value = std::string_view(line).substr(field + k_field.size());
  return parse_instant(value.substr(0, value.find('"')));
}

} // namespace menacedb
