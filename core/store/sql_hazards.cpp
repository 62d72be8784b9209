#include "core/store/sql_hazards.hpp"

#include "core/base/text.hpp"

namespace menacedb {

namespace {

bool is_word_sign(char c) noexcept {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool is_digit = c >= '0' && c <= '9';
  const bool is_beyond_ascii = static_cast<unsigned char>(c) >= 0x80;
  return is_letter || is_digit || is_beyond_ascii || c == '_' || c == '$';
}

// Where the quoted text or comment that begins at `at` ends, or `at` when none begins there.
std::size_t skip_quoted(std::string_view sql, std::size_t at) noexcept {
  const auto after = [&](std::string_view end, std::size_t from) {
    const std::size_t found = sql.find(end, from);
    return found == std::string_view::npos ? sql.size() : found + end.size();
  };
  switch (sql[at]) {
  case '\'':
  case '"':
  case '`':
    return after(sql.substr(at, 1), at + 1); // a doubled quote is two texts side by side
  case '[':
    return after("]", at + 1);
  case '-':
    return sql.substr(at).starts_with("--") ? after("\n", at) : at;
  case '/':
    return sql.substr(at).starts_with("/*") ? after("*/", at + 2) : at;
  default:
    return at;
  }
}

void add_word(SqlHazards& hazards, std::string_view word) {
  if (equals_ignoring_case(word, "FAIL")) {
    hazards.leaves_partial_effects = true;
  } else if (equals_ignoring_case(word, "DEFERRED") || equals_ignoring_case(word, "DEFERRABLE")) {
    hazards.defers_foreign_keys = true;
  }
}

} // namespace

void find_hazards(SqlHazards& hazards, std::string_view sql) {
  std::size_t at = 0;
  while (at < sql.size()) {
    if (const std::size_t end = skip_quoted(sql, at); end != at) {
      at = end;
      continue;
    }
    std::size_t end = at;
    while (end < sql.size() && is_word_sign(sql[end])) {
      ++end;
    }
    add_word(hazards, sql.substr(at, end - at));
    at = end == at ? at + 1 : end;
  }
}

} // namespace menacedb
