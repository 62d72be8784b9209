#include "core/store/sql_words.hpp"

#include "core/base/text.hpp"

#include <string>

namespace menacedb {
namespace {

bool is_word_sign(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// Reads the words of a text one by one.
class Words {
public:
  explicit Words(std::string_view sql) : m_sql(sql) {}

  // False at the end. Comments and signs in between are passed over.
  bool next(std::string& word) {
    word.clear();
    while (m_at < m_sql.size()) {
      const char c = m_sql[m_at];
      if (m_sql.substr(m_at).starts_with("--")) {
        skip_past("\n");
      } else if (m_sql.substr(m_at).starts_with("/*")) {
        m_at += 2;
        skip_past("*/");
      } else if (c == '\'' || c == '"' || c == '`' || c == '[') {
        read_quoted(word, c == '[' ? ']' : c);
        return true;
      } else if (is_word_sign(c)) {
        const std::size_t begin = m_at;
        while (m_at < m_sql.size() && is_word_sign(m_sql[m_at])) {
          ++m_at;
        }
        word = m_sql.substr(begin, m_at - begin);
        return true;
      } else {
        ++m_at;
      }
    }
    return false;
  }
  [[nodiscard]] bool is_before_dot() const {
    const std::size_t at = m_sql.find_first_not_of(" \t\r\n\f", m_at);
    return at != std::string_view::npos && m_sql[at] == '.';
  }

private:
  void skip_past(std::string_view end) {
    const std::size_t found = m_sql.find(end, m_at);
    m_at = found == std::string_view::npos ? m_sql.size() : found + end.size();
  }
  void read_quoted(std::string& word, char end) {
    ++m_at;
    while (m_at < m_sql.size()) {
      if (m_sql[m_at] == end) {
        const bool is_doubled = end != ']' && m_sql.substr(m_at + 1).starts_with(end);
        if (!is_doubled) {
          ++m_at;
          return;
        }
        ++m_at;
      }
      word += m_sql[m_at++];
    }
  }

  std::string_view m_sql;
  std::size_t m_at = 0;
};

} // namespace

std::size_t count_sql_word(std::string_view sql, std::string_view word) {
  Words words(sql);
  std::size_t count = 0;
  for (std::string found; words.next(found);) {
    if (equals_ignoring_case(found, word) && !words.is_before_dot()) {
      ++count;
    }
  }
  return count;
}

} // namespace menacedb
