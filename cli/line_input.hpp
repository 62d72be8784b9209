#pragma once

#include "core/base/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Reads lines from a file descriptor, with memory bounded by the longest line allowed. Borrowed
// descriptor. Throws Error io "stdin" when reading fails.
class LineInput {
public:
  LineInput(int descriptor, Bytes longest_line);

  struct Line {
    std::string_view text;    // without its newline; valid until the next call
    std::uint64_t number = 0; // from 1
    bool is_too_long = false; // text is a prefix; the rest was skipped
  };
  // None at the end. A last line without newline counts.
  [[nodiscard]] std::optional<Line> next();
  // Whether the next line would have to be waited for: time to hand on what was gathered.
  [[nodiscard]] bool would_wait() const;

private:
  [[nodiscard]] bool fill(); // false at the end of the input
  Line skip_long_line();

  int m_descriptor;
  std::size_t m_longest;
  std::string m_buffer;
  std::size_t m_begin = 0; // unread bytes are [m_begin, m_end)
  std::size_t m_end = 0;
  std::size_t m_scanned = 0; // of them, without newline
  std::uint64_t m_number = 0;
  bool m_is_at_end = false;
};

} // namespace menacedb
