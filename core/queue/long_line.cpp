#include "core/queue/long_line.hpp"

namespace menacedb {

namespace {

constexpr std::size_t k_buffer = 256u << 10;
constexpr std::size_t k_most_lines = 64; // remembered; a forgotten one is read again

} // namespace

const LongLine& LongLines::scan(const SegmentId& segment, const Fd& file, Bytes begin) {
  if (m_lines.size() >= k_most_lines && !m_lines.contains(segment)) {
    m_lines.clear();
  }
  LongLine& line = m_lines[segment];
  if (line.begin != begin || line.scanned_to < begin) {
    line = LongLine();
    line.begin = line.scanned_to = begin;
  }
  m_buffer.resize(k_buffer);
  while (!line.is_terminated) {
    const std::size_t count = m_fs.read_at(file, m_buffer.data(), m_buffer.size(), line.scanned_to);
    const std::string_view bytes(m_buffer.data(), count);
    const std::size_t newline = bytes.find('\n');
    const std::string_view part = bytes.substr(0, newline);
    line.hash.update(part);
    line.prefix.append(part.substr(0, k_long_line_prefix - line.prefix.size()));
    line.scanned_to += part.size();
    line.is_terminated = newline != std::string_view::npos;
    if (count < m_buffer.size()) {
      break;
    }
  }
  return line;
}

} // namespace menacedb
