#include "core/engine/clients/connection_finder.hpp"
#include "core/engine/clients/source_words.hpp"

#include <fmt/format.h>

#include <map>

namespace menacedb {
namespace {

[[nodiscard]] bool is_module(std::string_view name) noexcept {
  return name == "sqlite3" || name == "sqlite3.dbapi2" || name == "pysqlite3" ||
         name == "pysqlite3.dbapi2" || name == "aiosqlite" || name == "apsw";
}

// Which functions of a module open a database.
[[nodiscard]] bool connects(std::string_view module, std::string_view function) noexcept {
  return (function == "connect" && module != "apsw") ||
         (function == "Connection" && module != "aiosqlite");
}

// First the imports of the whole file, since a function may stand in front of them; then the uses.
class PythonFinder {
public:
  PythonFinder(std::string_view text, std::string_view masked, std::vector<DirectConnection>& found)
      : m_text(text), m_masked(masked), m_found(found) {
    for (const std::string_view name : {"sqlite3", "aiosqlite", "apsw"}) {
      m_modules.emplace(name, name);
    }
  }

  void run() {
    SourceWords imports(m_text, m_masked);
    while (imports.next()) {
      if (imports.word() == "import" && !imports.is_behind(".") && begins_statement(imports)) {
        read_import(imports);
      } else if (imports.word() == "from" && begins_statement(imports)) {
        read_from(imports);
      }
    }
    SourceWords uses(m_text, m_masked);
    while (uses.next()) {
      look_at(uses);
    }
  }

private:
  [[nodiscard]] bool begins_statement(const SourceWords& words) const {
    const std::size_t line = m_masked.rfind('\n', words.begin()) + 1;
    const std::string_view before = m_masked.substr(line, words.begin() - line);
    const std::size_t last = before.find_last_not_of(" \t");
    return last == std::string_view::npos || before[last] == ';' || before[last] == ':';
  }

  // `sqlite3.dbapi2`.
  [[nodiscard]] static std::string take_dotted(const SourceWords& words, std::size_t& at) {
    std::string name(words.take_word(at));
    while (!name.empty() && words.takes(at, ".")) {
      name += fmt::format(".{}", words.take_word(at));
    }
    return name;
  }

  // The name that `as` gives, or `name`.
  [[nodiscard]] static std::string take_alias(const SourceWords& words, std::size_t& at,
                                              std::string_view name) {
    std::size_t behind = at;
    if (words.take_word(behind) != "as") {
      return std::string(name);
    }
    at = behind;
    return std::string(words.take_word(at));
  }

  // import a, b.c as d
  void read_import(SourceWords& words) {
    std::size_t at = words.end();
    do {
      const std::string module = take_dotted(words, at);
      const std::string alias = take_alias(words, at, module);
      if (is_module(module)) {
        m_modules.insert_or_assign(alias, module);
      }
    } while (words.skip_blanks(at, false) < m_masked.size() &&
             m_masked[words.skip_blanks(at, false)] == ',' && words.takes(at, ","));
    words.move_to(at);
  }

  // from a import b, c as d; or the list in parentheses
  void read_from(SourceWords& words) {
    std::size_t at = words.end();
    const std::string module = take_dotted(words, at);
    if (!is_module(module) || words.take_word(at) != "import") {
      return;
    }
    if (words.takes(at, "*")) {
      m_functions.insert_or_assign("connect", module);
      return;
    }
    (void)words.takes(at, "(");
    do {
      const std::size_t name_at = words.skip_blanks(at);
      const std::string name(words.take_word(at));
      const std::string alias = take_alias(words, at, name);
      if (is_module(fmt::format("{}.{}", module, name))) {
        m_modules.insert_or_assign(alias, module);
      } else if (connects(module, name)) {
        m_functions.insert_or_assign(alias, module);
        if (name == "connect") {
          m_found.push_back({name_at, fmt::format("from {} import connect", module)});
        }
      }
    } while (words.takes(at, ","));
    words.move_to(at);
  }

  void look_at(const SourceWords& words) {
    const std::string word(words.word());
    std::size_t at = words.end();
    if (word == "__import__" || word == "import_module") {
      if (words.takes(at, "(") && is_module(words.string_at(at))) {
        m_found.push_back({words.begin(), fmt::format("{}({})", word, words.string_at(at))});
      }
    } else if (const auto module = m_modules.find(word); module != m_modules.end()) {
      look_at_module(words, module->second);
    } else if (const auto function = m_functions.find(word); function != m_functions.end()) {
      const bool is_definition = words.is_behind_word("def") || words.is_behind_word("class");
      if (!words.is_behind(".") && !is_definition && words.takes(at, "(")) {
        m_found.push_back({words.begin(), fmt::format("{}.{}", function->second, word)});
      }
    }
  }

  // sqlite3.connect, sqlite3.dbapi2.connect, apsw.Connection(
  void look_at_module(const SourceWords& words, std::string_view module) {
    const bool is_alias = words.word() != module;
    std::size_t at = words.end();
    if ((is_alias && words.is_behind(".")) || !words.takes(at, ".")) {
      return;
    }
    std::string_view function = words.take_word(at);
    if (function == "dbapi2" && words.takes(at, ".")) {
      function = words.take_word(at);
    }
    // A connection class is also a type; `connect` is named to connect, called here or elsewhere.
    if (connects(module, function) && (function == "connect" || words.takes(at, "("))) {
      m_found.push_back({words.begin(), fmt::format("{}.{}", module, function)});
    }
  }

  std::string_view m_text;
  std::string_view m_masked;
  std::vector<DirectConnection>& m_found;
  std::map<std::string, std::string, std::less<>> m_modules;   // name here to module
  std::map<std::string, std::string, std::less<>> m_functions; // the same
};

} // namespace

void find_in_python(std::string_view text, std::string_view masked,
                    std::vector<DirectConnection>& found) {
  PythonFinder(text, masked, found).run();
}

} // namespace menacedb
