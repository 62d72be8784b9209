#include "core/engine/clients/source_language.hpp"

#include <algorithm>
#include <iterator>

namespace menacedb {
namespace {

struct Known {
  std::string_view name;
  Language language;
};

constexpr Known k_extensions[] = {
    {"py", Language::python},
    {"pyi", Language::python},
    {"pyw", Language::python},
    {"js", Language::javascript},
    {"jsx", Language::javascript},
    {"mjs", Language::javascript},
    {"cjs", Language::javascript},
    {"ts", Language::javascript},
    {"tsx", Language::javascript},
    {"mts", Language::javascript},
    {"cts", Language::javascript},
    {"vue", Language::javascript},
    {"c", Language::c},
    {"h", Language::c},
    {"cc", Language::c},
    {"cpp", Language::c},
    {"cxx", Language::c},
    {"hh", Language::c},
    {"hpp", Language::c},
    {"hxx", Language::c},
    {"m", Language::c},
    {"mm", Language::c},
    {"go", Language::go},
    {"rs", Language::rust},
    {"rb", Language::ruby},
    {"rake", Language::ruby},
    {"sh", Language::shell},
    {"bash", Language::shell},
    {"zsh", Language::shell},
    {"ksh", Language::shell},
    {"bats", Language::shell},
    {"mk", Language::makefile},
    {"yml", Language::yaml},
    {"yaml", Language::yaml},
};

constexpr Known k_names[] = {
    {"Makefile", Language::makefile},    {"makefile", Language::makefile},
    {"GNUmakefile", Language::makefile}, {"Dockerfile", Language::makefile},
    {"Rakefile", Language::ruby},
};

// As interpreters begin: python3.11, bash.
constexpr Known k_interpreters[] = {
    {"python", Language::python},   {"pypy", Language::python},    {"node", Language::javascript},
    {"deno", Language::javascript}, {"bun", Language::javascript}, {"ruby", Language::ruby},
    {"bash", Language::shell},      {"sh", Language::shell},       {"dash", Language::shell},
    {"zsh", Language::shell},       {"ksh", Language::shell},
};

template <std::size_t Size>
[[nodiscard]] Language find(const Known (&known)[Size], std::string_view name) noexcept {
  const auto* const found = std::ranges::find(known, name, &Known::name);
  return found == std::end(known) ? Language::none : found->language;
}

[[nodiscard]] std::string_view base_name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

// The next word of the line, and what is behind it.
[[nodiscard]] std::string_view take_word(std::string_view& line) noexcept {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

} // namespace

Language language_of_name(std::string_view path) noexcept {
  const std::string_view name = base_name(path);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) {
    return find(k_names, name);
  }
  return find(k_extensions, name.substr(dot + 1));
}

bool may_have_interpreter(std::string_view path) noexcept {
  return base_name(path).find('.') == std::string_view::npos;
}

Language language_of_interpreter(std::string_view text) noexcept {
  if (!text.starts_with("#!")) {
    return Language::none;
  }
  std::string_view line = text.substr(2, text.find('\n') - 2);
  std::string_view program = base_name(take_word(line));
  if (program == "env") {
    do {
      program = base_name(take_word(line));
    } while (program.starts_with('-') || program.find('=') != std::string_view::npos);
  }
  // A version may follow.
  program = program.substr(0, program.find_first_of("0123456789."));
  return find(k_interpreters, program);
}

} // namespace menacedb
