#pragma once

#include "core/config/settings_builder.hpp"
#include "core/config/toml_source.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// Reports what is wrong in one TOML file, each thing where it stands. The path lives as long as the
// settings.
class TomlProblems {
public:
  TomlProblems(std::string_view path, SettingsBuilder& builder)
      : m_path(path), m_builder(builder) {}

  [[nodiscard]] Place place(const TomlValue& value) const {
    return {m_path, value.line, value.column};
  }
  [[nodiscard]] Place place(const TomlKey& key) const { return {m_path, key.line, key.column}; }
  // Dotted, for messages; names from a file are made fit for a terminal.
  [[nodiscard]] static std::string name_of(const TomlKey& key);

  void refuse(const TomlKey& key, const TomlValue& value, std::string_view reason);
  void refuse_kind(const TomlKey& key, const TomlValue& value, std::string_view expected);
  void report_unknown(const TomlKey& key, std::string hint);

private:
  std::string_view m_path;
  SettingsBuilder& m_builder;
};

} // namespace menacedb
