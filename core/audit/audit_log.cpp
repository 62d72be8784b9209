#include "core/audit/audit_log.hpp"

#include "core/audit/audit_chain.hpp"
#include "core/audit/audit_generations.hpp"
#include "core/audit/audit_guard.hpp"
#include "core/audit/audit_tail.hpp"

#include <fmt/format.h>

#include <utility>

namespace menacedb {
namespace {

constexpr Duration k_check_every = std::chrono::seconds(1);
constexpr Duration k_retry_rotation_after = std::chrono::minutes(1);
// Long against any append, short against the patience of whoever waits for the access itself.
constexpr Duration k_patience = std::chrono::seconds(2);

} // namespace

AuditLog::AuditLog(Fs& fs, Clock& clock, AuditOptions options)
    : m_fs(fs),
      m_clock(clock),
      m_options(std::move(options)),
      m_file(fs, clock, m_options.path),
      m_patience(k_patience) {}

void AuditLog::append(std::span<const AuditEntry> entries) {
  if (entries.empty()) {
    return;
  }
  try {
    m_options.chain ? append_chained(entries) : append_plain(entries);
    m_patience = k_patience;
  } catch (const Error& error) {
    // Who waited in vain does not wait again before somebody let go: an access must not be slow
    // because its log cannot be written.
    m_patience = error.code() == "lock-timeout" ? Duration::zero() : k_patience;
    throw;
  }
  if (m_rotation_fault) {
    const Error fault = *std::exchange(m_rotation_fault, std::nullopt);
    throw Error(fault.kind(), "audit-unrotated",
                fmt::format("cannot rotate '{}': {}", m_options.path, fault.message()));
  }
}

// The file that is the log now, as far as it is time to look.
void AuditLog::open() {
  const Duration now = m_clock.monotonic();
  if (m_file.is_open()) {
    if (now < m_check_at) {
      return;
    }
    m_check_at = now + k_check_every;
    if (m_file.is_current()) {
      return;
    }
  }
  m_file.close();
  m_file.open(m_patience);
  m_check_at = now + k_check_every;
  m_began_at.reset();
  if (m_options.max_age > Duration::zero() && m_file.end() > 0) {
    m_began_at = m_file.began_at();
  }
}

bool AuditLog::is_rotation_due(Instant now) const {
  if (m_options.backups == 0 || m_file.end() == 0) {
    return false;
  }
  const bool is_full =
      m_options.max_bytes > 0 && m_file.end() + m_lines.size() > m_options.max_bytes;
  const bool is_old = m_began_at && now - *m_began_at >= m_options.max_age;
  return (is_full || is_old) && m_clock.monotonic() >= m_rotate_at;
}

// A log that cannot be rotated is written on; lines are worth more than the order of files.
void AuditLog::rotate_if_free() {
  try {
    // Whoever holds the guard is rotating; these lines may be the last of the old file.
    if (const auto guard = AuditGuard::acquire(m_fs, m_clock, m_options.path, Duration::zero())) {
      rotate(*guard);
    }
  } catch (const Error& error) {
    m_rotation_fault = error;
    m_rotate_at = m_clock.monotonic() + k_retry_rotation_after;
  }
}

void AuditLog::rotate(const AuditGuard&) {
  if (m_file.is_current()) { // else somebody else was faster
    rotate_generations(m_fs, m_options.path, m_options.backups);
  }
  m_file.close();
}

void AuditLog::append_plain(std::span<const AuditEntry> entries) {
  open();
  m_lines.clear();
  for (const AuditEntry& entry : entries) {
    m_writer.append(m_lines, entry);
  }
  if (is_rotation_due(entries.front().at)) {
    rotate_if_free();
    open();
  }
  finish(entries);
}

void AuditLog::append_chained(std::span<const AuditEntry> entries) {
  open(); // creates the folder
  const auto guard = AuditGuard::acquire(m_fs, m_clock, m_options.path, m_patience);
  if (!guard) {
    throw Error(ErrorKind::busy, "lock-timeout",
                fmt::format("cannot append to '{}': others write to its chain for too long",
                            m_options.path));
  }
  m_check_at = {}; // it may have been rotated while we waited
  open();
  write_chain(entries);
  if (is_rotation_due(entries.front().at)) {
    try {
      rotate(*guard);
    } catch (const Error& error) {
      m_rotation_fault = error;
      m_rotate_at = m_clock.monotonic() + k_retry_rotation_after;
    }
    open();
    write_chain(entries);
  }
  finish(entries);
}

void AuditLog::finish(std::span<const AuditEntry> entries) {
  m_file.append(m_lines);
  if (m_options.max_age > Duration::zero() && !m_began_at) {
    m_began_at = entries.front().at;
  }
}

// The lines as they have to stand at the end of the file.
void AuditLog::write_chain(std::span<const AuditEntry> entries) {
  ChainEnd end = find_chain_end();
  m_lines.clear();
  for (const AuditEntry& entry : entries) {
    const std::size_t begin = m_lines.size();
    m_writer.append_open(m_lines, entry);
    close_chained_line(m_lines, begin, end.hash, !end.is_of_file && end.hash != k_chain_start);
    end.is_of_file = true;
  }
}

// From the files alone: a state beside them would be wrong after a crash between the two.
AuditLog::ChainEnd AuditLog::find_chain_end() {
  const Bytes size = m_fs.stat(m_file.descriptor()).size;
  AuditTail tail = read_audit_tail(m_fs, m_file.descriptor(), size);
  m_file.cut(size, tail.whole);
  if (tail.hash) {
    return {*std::move(tail.hash), true};
  }
  const std::string before = generation_path(m_options.path, 1);
  if (const auto file = m_fs.open_if_exists(before, {.mode = OpenMode::read})) {
    tail = read_audit_tail(m_fs, *file, m_fs.stat(*file).size);
  }
  return {tail.hash.value_or(std::string(k_chain_start)), false};
}

} // namespace menacedb
