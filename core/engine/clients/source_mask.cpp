#include "core/engine/clients/source_mask.hpp"

#include <algorithm>

namespace menacedb {
namespace {

class Masker {
public:
  Masker(std::string_view text, Language language)
      : m_text(text), m_language(language), m_masked(text) {}

  std::string run() {
    while (m_at < m_text.size()) {
      is_shell() ? step_shell() : step();
    }
    return std::move(m_masked);
  }

private:
  [[nodiscard]] bool is_shell() const {
    return m_language == Language::shell || m_language == Language::makefile ||
           m_language == Language::yaml;
  }
  [[nodiscard]] bool has_hash_comments() const {
    return m_language == Language::python || m_language == Language::ruby;
  }
  [[nodiscard]] bool sees(std::string_view what) const {
    return m_text.substr(m_at).starts_with(what);
  }

  // Up to and with `end`, or to the end of the text.
  void mask_until(std::size_t end, char as) {
    end = std::min(end, m_text.size());
    for (; m_at < end; ++m_at) {
      if (m_text[m_at] != '\n') {
        m_masked[m_at] = as;
      }
    }
  }

  void mask_line() { mask_until(m_text.find('\n', m_at), k_in_comment); }

  void step() {
    const char c = m_text[m_at];
    if (has_hash_comments() ? c == '#' : sees("//")) {
      mask_line();
    } else if (!has_hash_comments() && sees("/*")) {
      const std::size_t end = m_text.find("*/", m_at + 2);
      mask_until(end == std::string_view::npos ? end : end + 2, k_in_comment);
    } else if (m_language == Language::python && (sees("\"\"\"") || sees("'''"))) {
      mask_string(m_text.substr(m_at, 3), true);
    } else if (c == '"' || (c == '\'' && !is_lifetime()) || (c == '`' && has_backticks())) {
      const bool is_long = c == '`' || (c == '"' && m_language == Language::rust);
      mask_string(m_text.substr(m_at, 1), is_long);
    } else {
      ++m_at;
    }
  }

  [[nodiscard]] bool has_backticks() const {
    return m_language == Language::javascript || m_language == Language::go;
  }

  // Rust: 'a is a lifetime, 'a' and '\n' are characters.
  [[nodiscard]] bool is_lifetime() const {
    return m_language == Language::rust && !sees("'\\") &&
           (m_at + 2 >= m_text.size() || m_text[m_at + 2] != '\'');
  }

  // The content of a string that `quote` opens and closes; a short one ends with its line.
  void mask_string(std::string_view quote, bool is_long) {
    const bool has_escapes = !(quote == "`" && m_language == Language::go);
    m_at += quote.size();
    while (m_at < m_text.size() && !sees(quote)) {
      if (m_text[m_at] == '\n' && !is_long) {
        return;
      }
      const std::size_t size = has_escapes && m_text[m_at] == '\\' ? 2 : 1;
      mask_until(m_at + size, k_in_string);
    }
    m_at = std::min(m_at + quote.size(), m_text.size());
  }

  // Words in double quotes may hold commands again: "$(sqlite3 …)". m_open is what is open, inside
  // out: `"`, `(` or a backtick.
  void step_shell() {
    const char c = m_text[m_at];
    const char open = m_open.empty() ? '\0' : m_open.back();
    if (c == '\n' && m_language != Language::shell) {
      m_open.clear(); // a line of its own, and an apostrophe may be one
      ++m_at;
    } else if (c == '\\' && m_at + 1 < m_text.size()) {
      m_at += 2;
    } else if (c == '"') {
      open == '"' ? m_open.pop_back() : m_open.push_back('"');
      ++m_at;
    } else if (sees("$(")) {
      m_open.push_back('(');
      m_at += 2;
    } else if (c == '`') {
      open == '`' ? m_open.pop_back() : m_open.push_back('`');
      ++m_at;
    } else if (open == '"') {
      mask_until(m_at + 1, k_in_string);
    } else {
      step_shell_code(c, open);
    }
  }

  void step_shell_code(char c, char open) {
    if (c == '\'') {
      mask_single_quotes();
    } else if (c == '#' && begins_word()) {
      mask_line();
    } else {
      if (c == '(') {
        m_open.push_back('(');
      } else if (c == ')' && open == '(') {
        m_open.pop_back();
      }
      ++m_at;
    }
  }

  void mask_single_quotes() {
    std::size_t end = m_text.find('\'', m_at + 1);
    if (m_language != Language::shell) {
      const std::size_t line_end = m_text.find('\n', m_at);
      if (end > line_end) {
        ++m_at; // an apostrophe
        return;
      }
    }
    ++m_at;
    mask_until(end, k_in_string);
    ++m_at;
  }

  [[nodiscard]] bool begins_word() const {
    return m_at == 0 ||
           std::string_view(" \t\n;|&(").find(m_text[m_at - 1]) != std::string_view::npos;
  }

  std::string_view m_text;
  Language m_language;
  std::string m_masked;
  std::string m_open;
  std::size_t m_at = 0;
};

} // namespace

std::string mask_source(std::string_view text, Language language) {
  return Masker(text, language).run();
}

} // namespace menacedb
