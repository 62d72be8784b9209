#include "cli/line_input.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace menacedb {
namespace {

constexpr std::size_t k_chunk = 256u << 10;

} // namespace

LineInput::LineInput(int descriptor, Bytes longest_line)
    : m_descriptor(descriptor), m_longest(static_cast<std::size_t>(longest_line)) {}

bool LineInput::fill() {
  if (m_is_at_end) {
    return false;
  }
  if (m_begin > 0) {
    std::memmove(m_buffer.data(), m_buffer.data() + m_begin, m_end - m_begin);
    m_end -= m_begin;
    m_begin = 0;
  }
  if (m_buffer.size() - m_end < k_chunk / 2) {
    m_buffer.resize(std::max(k_chunk, m_buffer.size() * 2));
  }
  for (;;) {
    const ssize_t got = ::read(m_descriptor, m_buffer.data() + m_end, m_buffer.size() - m_end);
    if (got > 0) {
      m_end += static_cast<std::size_t>(got);
      return true;
    }
    if (got == 0) {
      m_is_at_end = true;
      return false;
    }
    if (errno != EINTR) {
      throw system_error(errno, "read", "standard input");
    }
  }
}

std::optional<LineInput::Line> LineInput::next() {
  for (;;) {
    const char* const from = m_buffer.data() + m_begin + m_scanned;
    const std::size_t unread = m_end - m_begin;
    const auto* const newline =
        static_cast<const char*>(std::memchr(from, '\n', unread - m_scanned));
    if (newline != nullptr) {
      const std::size_t length = m_scanned + static_cast<std::size_t>(newline - from);
      const std::string_view text(m_buffer.data() + m_begin, length);
      m_begin += length + 1;
      m_scanned = 0;
      return Line{text, ++m_number, length > m_longest};
    }
    m_scanned = unread;
    if (unread > m_longest) {
      return skip_long_line();
    }
    if (!fill()) {
      if (unread == 0) {
        return std::nullopt;
      }
      const std::string_view text(m_buffer.data() + m_begin, unread);
      m_begin = m_end;
      m_scanned = 0;
      return Line{text, ++m_number, false};
    }
  }
}

// Reads on to the end of the line without keeping it.
LineInput::Line LineInput::skip_long_line() {
  for (;;) {
    m_begin = m_end; // nothing of what was read so far is wanted
    if (!fill()) {
      break;
    }
    const auto* const newline = static_cast<const char*>(std::memchr(m_buffer.data(), '\n', m_end));
    if (newline != nullptr) {
      m_begin = static_cast<std::size_t>(newline - m_buffer.data()) + 1;
      break;
    }
  }
  m_scanned = 0;
  return Line{{}, ++m_number, true};
}

bool LineInput::would_wait() const {
  if (m_is_at_end || std::memchr(m_buffer.data() + m_begin, '\n', m_end - m_begin) != nullptr) {
    return false;
  }
  pollfd ready{m_descriptor, POLLIN, 0};
  return ::poll(&ready, 1, 0) == 0;
}

} // namespace menacedb
