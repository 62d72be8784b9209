#include "core/engine/clients/connection_finder.hpp"

#include "core/engine/clients/source_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace menacedb {
namespace {

using Found = std::vector<DirectConnection>;

[[nodiscard]] bool is_one_of(std::string_view word,
                             std::initializer_list<std::string_view> words) noexcept {
  return std::ranges::find(words, word) != words.end();
}

[[nodiscard]] bool is_sqlite_package(std::string_view name) noexcept {
  return is_one_of(name, {"better-sqlite3", "sqlite3", "sqlite", "node:sqlite", "bun:sqlite"});
}

// `import type X from 'better-sqlite3'` opens nothing.
[[nodiscard]] bool is_type_import(std::string_view masked, std::size_t from) noexcept {
  const std::size_t begin = masked.rfind("import", from);
  return begin != std::string_view::npos && masked.substr(begin).starts_with("import type ") &&
         masked.substr(begin, from - begin).find(';') == std::string_view::npos;
}

void find_in_javascript(std::string_view text, std::string_view masked, Found& found) {
  SourceWords words(text, masked);
  while (words.next()) {
    std::size_t at = words.end();
    const std::string_view word = words.word();
    std::string_view package;
    if (word == "require") {
      package = words.takes(at, "(") ? words.string_at(at) : std::string_view();
    } else if (word == "import") {
      (void)words.takes(at, "(");
      package = words.string_at(at);
    } else if (word == "from" && !is_type_import(masked, words.begin())) {
      package = words.string_at(at);
    }
    const bool is_call = words.takes(at, "(");
    if (is_sqlite_package(package)) {
      found.push_back({words.begin(), std::string(package)});
    } else if (word == "DatabaseSync" && is_call && words.is_behind_word("new")) {
      found.push_back({words.begin(), "new DatabaseSync"});
    } else if (word == "Database" && is_call && words.is_behind("sqlite3.")) {
      found.push_back({words.begin(), "sqlite3.Database"});
    }
  }
}

void find_in_c(std::string_view text, std::string_view masked, Found& found) {
  SourceWords words(text, masked);
  while (words.next()) {
    std::size_t at = words.end();
    if (is_one_of(words.word(), {"sqlite3_open", "sqlite3_open_v2", "sqlite3_open16"}) &&
        words.takes(at, "(")) {
      found.push_back({words.begin(), std::string(words.word())});
    }
  }
}

void find_in_go(std::string_view text, std::string_view masked, Found& found) {
  SourceWords words(text, masked);
  while (words.next()) {
    std::size_t at = words.end();
    if (!is_one_of(words.word(), {"Open", "Connect", "MustOpen", "MustConnect"}) ||
        !words.takes(at, "(")) {
      continue;
    }
    const bool is_sql = words.is_behind("sql.") || words.is_behind("sqlx.");
    if (is_sql && is_one_of(words.string_at(at), {"sqlite3", "sqlite"})) {
      found.push_back({words.begin(), fmt::format("sql.{}", words.word())});
    } else if (words.is_behind("sqlite.")) {
      found.push_back({words.begin(), "sqlite.Open"});
    }
  }
}

void find_in_rust(std::string_view text, std::string_view masked, Found& found) {
  const bool uses_rusqlite = masked.find("rusqlite") != std::string_view::npos;
  SourceWords words(text, masked);
  while (words.next()) {
    std::size_t at = words.end();
    const bool is_rusqlite = uses_rusqlite && words.word() == "Connection";
    const bool is_other = is_one_of(words.word(), {"SqliteConnection", "SqlitePool"});
    if (!(is_rusqlite || is_other) || !words.takes(at, "::")) {
      continue;
    }
    const std::string_view method = words.take_word(at);
    if (method.starts_with(is_rusqlite ? "open" : "connect") || method == "establish") {
      found.push_back({words.begin(), fmt::format("{}{}::{}", is_rusqlite ? "rusqlite::" : "",
                                                  words.word(), method)});
    }
  }
}

void find_in_ruby(std::string_view text, std::string_view masked, Found& found) {
  SourceWords words(text, masked);
  while (words.next()) {
    std::size_t at = words.end();
    if (words.word() != "SQLite3" || !words.takes(at, "::") || words.take_word(at) != "Database" ||
        !words.takes(at, ".")) {
      continue;
    }
    const std::string_view method = words.take_word(at);
    if (is_one_of(method, {"new", "open"})) {
      found.push_back({words.begin(), fmt::format("SQLite3::Database.{}", method)});
    }
  }
}

} // namespace

std::vector<DirectConnection> find_connections(std::string_view text, std::string_view masked,
                                               Language language) {
  Found found;
  switch (language) {
  case Language::python:
    find_in_python(text, masked, found);
    break;
  case Language::javascript:
    find_in_javascript(text, masked, found);
    break;
  case Language::c:
    find_in_c(text, masked, found);
    break;
  case Language::go:
    find_in_go(text, masked, found);
    break;
  case Language::rust:
    find_in_rust(text, masked, found);
    break;
  case Language::ruby:
    find_in_ruby(text, masked, found);
    break;
  case Language::shell:
  case Language::makefile:
  case Language::yaml:
    find_in_shell(text, masked, found);
    break;
  case Language::none:
    break;
  }
  return found;
}

bool may_connect(std::string_view text) noexcept {
  constexpr auto none = std::string_view::npos;
  return text.find("qlite") != none || text.find("apsw") != none || text.find("QLite") != none;
}

} // namespace menacedb
