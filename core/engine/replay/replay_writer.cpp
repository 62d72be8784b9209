#include "core/engine/replay/replay_writer.hpp"

#include "core/queue/appender.hpp"

namespace menacedb {
namespace {

constexpr std::size_t k_flush_bytes = 256u << 10;

} // namespace

void ReplayWriter::add(const Lane& lane, std::string_view line) {
  std::string& lines = m_lanes[lane];
  lines.append(line).push_back('\n');
  if (lines.size() >= k_flush_bytes) {
    write(lane, lines);
  }
}

void ReplayWriter::flush() {
  for (auto& [lane, lines] : m_lanes) {
    write(lane, lines);
  }
}

void ReplayWriter::write(const Lane& lane, std::string& lines) {
  if (!lines.empty()) {
    Appender(m_fs, m_spool, lane).append(lines, true);
    lines.clear();
  }
}

} // namespace menacedb
