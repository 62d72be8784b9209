#include "core/config/toml_problems.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

namespace menacedb {

std::string TomlProblems::name_of(const TomlKey& key) {
  return printable(fmt::format("{}", fmt::join(key.path, ".")));
}

void TomlProblems::refuse(const TomlKey& key, const TomlValue& value, std::string_view reason) {
  m_builder.problem(place(value), name_of(key),
                    fmt::format("cannot set '{}': {}", name_of(key), reason));
}

void TomlProblems::refuse_kind(const TomlKey& key, const TomlValue& value,
                               std::string_view expected) {
  refuse(key, value, fmt::format("expected {}, found {}", expected, toml_kind_words(value.kind)));
}

void TomlProblems::report_unknown(const TomlKey& key, std::string hint) {
  const std::string what = key.value.kind == TomlKind::table ? "unknown table" : "unknown key";
  m_builder.problem(place(key), name_of(key),
                    fmt::format("cannot set '{}': {}", name_of(key), what), std::move(hint));
}

} // namespace menacedb
