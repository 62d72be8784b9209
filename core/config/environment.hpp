#pragma once

#include "core/config/settings_builder.hpp"
#include "core/os/fs.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// The environment, with the file that MENACE_ENV_FILE names below it: lines KEY=VALUE, `#` begins a
// comment line, no quoting. A variable that is set but empty counts as not set.
class Environment {
public:
  Environment(Fs& fs, const ConfigSources& sources, SettingsBuilder& builder);

  struct Variable {
    std::string value;
    std::string source; // the variable's name, or the file's
    int line = 0;       // of the file
  };
  [[nodiscard]] std::optional<Variable> find(const std::string& name) const;

  // Puts the item's variables into the builder, MENACEDB_* above the old ones.
  void apply(const Item& item) const;
  // The second spool of Settings::drain_queue_dirs().
  void find_second_queue_dir(Fs& fs) const;
  void report_mistyped() const;

private:
  void read_file(Fs& fs, const std::string& path);
  void read_file_line(const std::string& path, int number, std::string_view line);
  void set(const Item& item, const std::string& name) const;

  const ConfigSources& m_sources;
  SettingsBuilder& m_builder;
  std::map<std::string, Variable, std::less<>> m_file;
};

} // namespace menacedb
