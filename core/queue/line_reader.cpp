#include "core/queue/line_reader.hpp"

#include <algorithm>

namespace menacedb {

namespace {

constexpr std::size_t k_chunk = 256u << 10;

} // namespace

LineReader::LineReader(Fs& fs, const Fd& file, Bytes begin, Bytes end, Bytes most)
    : m_fs(fs), m_file(file), m_offset(begin), m_end(end), m_most(most) {}

std::optional<LineReader::Line> LineReader::next() {
  std::size_t searched = 0;
  for (;;) {
    const std::string_view rest(m_buffer.data() + m_used, m_filled - m_used);
    const std::size_t newline = rest.find('\n', searched);
    if (newline != std::string_view::npos) {
      return take(newline, true);
    }
    searched = rest.size();
    if (rest.size() > m_most) {
      return skip_rest();
    }
    if (!fill()) {
      return rest.empty() ? std::optional<Line>() : take(rest.size(), false);
    }
  }
}

bool LineReader::fill() {
  const std::size_t rest = m_filled - m_used;
  const Bytes position = m_offset + rest;
  if (position >= m_end) {
    return false;
  }
  m_buffer.erase(0, m_used);
  m_used = 0;
  m_buffer.resize(rest + k_chunk);
  const std::size_t wanted = std::min<Bytes>(k_chunk, m_end - position);
  const std::size_t count = m_fs.read_at(m_file, m_buffer.data() + rest, wanted, position);
  m_filled = rest + count;
  return count > 0;
}

LineReader::Line LineReader::take(std::size_t size, bool is_terminated) {
  Line line;
  line.text = std::string_view(m_buffer.data() + m_used, size);
  line.offset = m_offset;
  line.length = size + (is_terminated ? 1 : 0);
  line.is_terminated = is_terminated;
  line.is_cut = size > m_most;
  m_used += line.length;
  m_offset += line.length;
  return line;
}

LineReader::Line LineReader::skip_rest() {
  Line line;
  line.offset = m_offset;
  line.is_cut = true;
  std::string rest(k_chunk, '\0');
  Bytes position = m_offset + (m_filled - m_used);
  m_buffer.erase(0, m_used);
  m_buffer.resize(m_most);
  line.is_terminated = false;
  while (!line.is_terminated && position < m_end) {
    const std::size_t wanted = std::min<Bytes>(k_chunk, m_end - position);
    const std::size_t count = m_fs.read_at(m_file, rest.data(), wanted, position);
    if (count == 0) {
      break;
    }
    const std::size_t newline = std::string_view(rest).substr(0, count).find('\n');
    line.is_terminated = newline != std::string::npos;
    position += line.is_terminated ? newline + 1 : count;
  }
  line.text = m_buffer;
  line.length = position - m_offset;
  m_offset = position;
  m_used = m_filled = m_buffer.size();
  return line;
}

} // namespace menacedb
