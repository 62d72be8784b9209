#pragma once

#include <cstddef>
#include <string_view>

namespace menacedb {

[[nodiscard]] inline bool is_word_byte(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Walks over masked source text (source_mask.hpp), word by word.
class SourceWords {
public:
  SourceWords(std::string_view text, std::string_view masked) : m_text(text), m_masked(masked) {}

  // Moves to the next word; false at the end.
  [[nodiscard]] bool next() noexcept {
    m_begin = m_end;
    while (m_begin < m_masked.size() && !is_word_byte(m_masked[m_begin])) {
      ++m_begin;
    }
    m_end = m_begin;
    while (m_end < m_masked.size() && is_word_byte(m_masked[m_end])) {
      ++m_end;
    }
    return m_begin < m_masked.size();
  }

  [[nodiscard]] std::string_view word() const noexcept {
    return m_masked.substr(m_begin, m_end - m_begin);
  }
  [[nodiscard]] std::size_t begin() const noexcept { return m_begin; }
  [[nodiscard]] std::size_t end() const noexcept { return m_end; }
  void move_to(std::size_t end) noexcept { m_end = end; }

  // Behind blanks; with `across_lines` newlines are blanks, too.
  [[nodiscard]] std::size_t skip_blanks(std::size_t at, bool across_lines = true) const noexcept {
    while (at < m_masked.size() &&
           (m_masked[at] == ' ' || m_masked[at] == '\t' || m_masked[at] == '\r' ||
            m_masked[at] == '\x02' || (across_lines && m_masked[at] == '\n'))) {
      ++at;
    }
    return at;
  }
  // Whether `sign` comes next, after blanks; then `at` is behind it.
  [[nodiscard]] bool takes(std::size_t& at, std::string_view sign) const noexcept {
    const std::size_t begin = skip_blanks(at);
    if (!m_masked.substr(begin).starts_with(sign)) {
      return false;
    }
    at = begin + sign.size();
    return true;
  }
  // The word that comes next, after blanks; empty when something else does.
  [[nodiscard]] std::string_view take_word(std::size_t& at) const noexcept {
    const std::size_t begin = skip_blanks(at);
    std::size_t end = begin;
    while (end < m_masked.size() && is_word_byte(m_masked[end])) {
      ++end;
    }
    at = end == begin ? at : end;
    return m_masked.substr(begin, end - begin);
  }
  // The content of the string that comes next, after blanks; empty when something else does.
  [[nodiscard]] std::string_view string_at(std::size_t at) const noexcept {
    const std::size_t quote = skip_blanks(at);
    if (quote >= m_masked.size() ||
        std::string_view("\"'`").find(m_masked[quote]) == std::string_view::npos) {
      return {};
    }
    std::size_t end = quote + 1;
    while (end < m_masked.size() && m_masked[end] == '\x01') {
      ++end;
    }
    return m_text.substr(quote + 1, end - quote - 1);
  }
  // The text in front of the word, without blanks, ends with `sign`.
  [[nodiscard]] bool is_behind(std::string_view sign) const noexcept {
    std::size_t end = m_begin;
    while (end > 0 && (m_masked[end - 1] == ' ' || m_masked[end - 1] == '\t')) {
      --end;
    }
    return m_masked.substr(0, end).ends_with(sign);
  }
  // The same for a word.
  [[nodiscard]] bool is_behind_word(std::string_view word) const noexcept {
    std::size_t end = m_begin;
    while (end > 0 && (m_masked[end - 1] == ' ' || m_masked[end - 1] == '\t')) {
      --end;
    }
    return m_masked.substr(0, end).ends_with(word) &&
           (end == word.size() || !is_word_byte(m_masked[end - word.size() - 1]));
  }

private:
  std::string_view m_text;
  std::string_view m_masked;
  std::size_t m_begin = 0;
  std::size_t m_end = 0;
};

} // namespace menacedb
