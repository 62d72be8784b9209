#pragma once

#include "core/config/settings.hpp"

#include <span>
#include <string>
#include <vector>

namespace menacedb {

// A value as people and JSON see it.
struct SettingValue {
  enum class Kind { text, literal, list, table }; // literal: a number or truth, in JSON as in TOML
  struct Member {
    std::string name;
    std::string text;
    bool is_literal = false;
  };
  Kind kind = Kind::text;
  std::string text; // of a table too: on one line, for scripts
  std::vector<std::string> list{};
  std::vector<Member> members{}; // of a table
};

// One item, or one key of [tables.NAME] or [jobs.handlers.TYPE], with what counts and what that
// overrides.
struct Setting {
  std::vector<std::string> key_path{}; // {"tables", "bots", "priority"}
  std::string key{};                   // "tables.bots.priority"
  SettingValue value{};
  Origin origin{};
  std::vector<Setting> overrides{}; // highest first; without keys
};

// All items in the order of menacedb.toml(5), then what is set of [tables.NAME]
// and [jobs.handlers.TYPE].
[[nodiscard]] std::vector<Setting> list_settings(const Settings& settings);

// "tables.\"odd name\".priority".
[[nodiscard]] std::string toml_key(std::span<const std::string> path);

} // namespace menacedb
