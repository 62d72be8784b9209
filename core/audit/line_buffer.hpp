#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace menacedb {

// Cuts blocks of bytes into lines, in memory that depends neither on the size of the file nor on
// the length of a line: one of more than k_longest_line bytes is passed over. Whoever knows the
// lines better may look at the unread bytes himself. Not thread-safe.
class LineBuffer {
public:
  static constexpr std::size_t k_longest_line = 1u << 20;
  // So many zero bytes follow the unread ones, for readers that look ahead.
  static constexpr std::size_t k_padding = 64;

  LineBuffer();

  // Where the next bytes go, and how many came. Earlier views are invalid then.
  [[nodiscard]] std::span<char> room();
  void filled(std::size_t count);

  struct Line {
    std::string_view text; // without newline; valid until room() is called
    bool is_too_long = false;
    bool is_terminated = true;
  };
  // None: more bytes are needed.
  [[nodiscard]] std::optional<Line> next();
  // At the end of the input: the last line, when no newline ends it.
  [[nodiscard]] std::optional<Line> last();

  [[nodiscard]] const char* begin() const noexcept { return m_bytes.data() + m_begin; }
  [[nodiscard]] const char* end() const noexcept { return m_bytes.data() + m_end; }
  void consume_to(const char* at) noexcept;
  // In the middle of a line that is passed over.
  [[nodiscard]] bool is_skipping() const noexcept { return m_is_skipping; }

private:
  std::string m_bytes;
  std::size_t m_begin = 0; // unread bytes are [m_begin, m_end)
  std::size_t m_end = 0;
  std::size_t m_searched = 0; // up to here there is no newline
  bool m_is_skipping = false;
};

} // namespace menacedb
