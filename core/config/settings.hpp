#pragma once

#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/os/fs.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Where a value came from.
struct Origin {
  std::string kind; // default|file|json|env|flag
  std::string
      at; // "config/menacedb.toml:12:3", "DB_ROUTER_QUEUE_DIR", "--queue-dir"; "" for defaults
};

struct ConfigProblem {
  std::string file; // or the variable's name
  int line = 0;     // 0: not known
  int column = 0;
  std::string key;
  std::string message;
  std::string hint;
};

// Where settings are read from. Tests fill it by hand; cli fills it from the process.
struct ConfigSources {
  std::string config_file;                  // --config or MENACEDB_CONFIG: this file and no other
  std::map<std::string, std::string> flags; // by item key, from the command line
  std::function<const char*(const char*)> environment; // getenv
};

// One per-table policy from [tables.NAME].
struct TableSettings {
  std::string placement;          // "", "shared", "local", "deny"
  std::vector<std::string> dedup; // empty: auto; else {"content"}, {"none"} or column names
  bool dedup_is_columns = false;
  std::optional<int> priority;
  Origin origin;
};

// All settings with their origins, from (later wins) defaults, /etc, XDG, project file and
// drop-ins, the JSON table file, the old systems' variables, MENACEDB_*, flags. Immutable after
// load. Loading never throws for bad content: it collects problems; check() throws the first one as
// Error kind config (exit 78) with the others in its hint. Only files that exist are parsed.
class Settings {
public:
  [[nodiscard]] static Settings load(Fs& fs, const ConfigSources& sources);

  void check() const;
  [[nodiscard]] const std::vector<ConfigProblem>& problems() const noexcept { return m_problems; }
  [[nodiscard]] const std::vector<std::string>& files() const noexcept { return m_files; }

  // By key ("queue.dir"); asserts that the item exists and has this type.
  [[nodiscard]] const std::string& text(std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] Duration duration(std::string_view key) const;
  [[nodiscard]] Bytes bytes(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;
  [[nodiscard]] Origin origin(std::string_view key) const;
  // What lower sources said, highest first.
  struct Layer {
    std::string value;
    Origin origin;
  };
  [[nodiscard]] std::vector<Layer> layers(std::string_view key) const;

  [[nodiscard]] const std::map<std::string, TableSettings, std::less<>>& tables() const noexcept {
    return m_tables;
  }

  // A list of routed tables from one source (file, JSON file, variable), for core/policy.
  struct RoutedTables {
    std::string placement; // shared|local|deny
    Origin origin;
    std::vector<std::string> tables;
  };
  [[nodiscard]] const std::vector<RoutedTables>& routed_tables() const noexcept { return m_routed; }

private:
  friend class SettingsBuilder;
  std::map<std::string, std::vector<Layer>, std::less<>> m_values; // highest last
  std::map<std::string, TableSettings, std::less<>> m_tables;
  std::vector<RoutedTables> m_routed;
  std::vector<ConfigProblem> m_problems;
  std::vector<std::string> m_files;
};

} // namespace menacedb
