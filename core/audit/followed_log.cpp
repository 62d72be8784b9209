#include "core/audit/followed_log.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

namespace menacedb {

FollowedLog::FollowedLog(std::string path, AuditCounts& counts, std::optional<Instant> since)
    : m_path(std::move(path)), m_scan(counts, since) {}

void FollowedLog::read_on() {
  std::optional<LogInput> now = open();
  if (m_input) {
    read_to_end();
    if (!now || !is_other(*now)) {
      return;
    }
    read_to_end(); // what was written before the rotation, but after the end seen above
    m_scan.finish();
  }
  m_input = std::move(now);
  if (m_input) {
    read_to_end();
  }
}

void FollowedLog::read_to_end() {
  while (const std::size_t count = m_input->read(m_scan.input().room())) {
    m_scan.input().filled(count);
    m_scan.scan();
  }
}

std::optional<LogInput> FollowedLog::open() const {
  try {
    return LogInput(m_path);
  } catch (const Error& error) {
    if (error.code() != "not-found") {
      throw;
    }
    return std::nullopt;
  }
}

bool FollowedLog::is_other(const LogInput& now) const {
  return now.file().id() != m_input->file().id() || now.file().size() < m_input->bytes_read();
}

} // namespace menacedb
