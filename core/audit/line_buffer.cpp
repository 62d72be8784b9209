#include "core/audit/line_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace menacedb {
namespace {

// Large enough that calls cost nothing, small enough to stay in the processor's cache.
constexpr std::size_t k_block = 256u << 10;

} // namespace

LineBuffer::LineBuffer() : m_bytes(LineBuffer::k_longest_line + k_block + k_padding + 1, '\0') {}

std::span<char> LineBuffer::room() {
  const std::size_t unread = m_end - m_begin;
  std::memmove(m_bytes.data(), m_bytes.data() + m_begin, unread);
  m_searched -= std::min(m_searched, m_begin);
  m_begin = 0;
  m_end = unread;
  return {m_bytes.data() + m_end, k_block};
}

void LineBuffer::filled(std::size_t count) {
  m_end += count;
  std::memset(m_bytes.data() + m_end, 0, k_padding);
}

std::optional<LineBuffer::Line> LineBuffer::next() {
  const std::size_t from = std::max(m_searched, m_begin);
  const void* const found = std::memchr(m_bytes.data() + from, '\n', m_end - from);
  if (found == nullptr) {
    m_searched = m_end;
    if (m_end - m_begin > k_longest_line || m_is_skipping) {
      m_is_skipping = true;
      m_begin = m_end;
    }
    return std::nullopt;
  }
  const char* const newline = static_cast<const char*>(found);
  Line line{{begin(), static_cast<std::size_t>(newline - begin())}};
  if (m_is_skipping || line.text.size() > k_longest_line) {
    line = {.text = {}, .is_too_long = true};
  }
  m_is_skipping = false;
  consume_to(newline + 1);
  return line;
}

std::optional<LineBuffer::Line> LineBuffer::last() {
  if (m_begin == m_end && !m_is_skipping) {
    return std::nullopt;
  }
  const Line line{m_is_skipping ? std::string_view() : std::string_view(begin(), end()),
                  m_is_skipping, false};
  m_is_skipping = false;
  m_begin = m_end;
  return line;
}

void LineBuffer::consume_to(const char* at) noexcept {
  m_begin = static_cast<std::size_t>(at - m_bytes.data());
}

} // namespace menacedb
