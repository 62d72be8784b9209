#include "core/base/error.hpp"
#include "core/config/config_file.hpp"
#include "core/config/environment.hpp"
#include "core/config/json_tables.hpp"
#include "core/config/settings.hpp"
#include "core/config/toml_job_handlers.hpp"
#include "core/config/toml_settings.hpp"

#include <algorithm>

namespace menacedb {
namespace {

// Reads the sources in the order of their precedence, lowest first.
class Loader {
public:
  Loader(Fs& fs, const ConfigSources& sources)
      : m_fs(fs), m_sources(sources), m_environment(fs, sources, m_builder) {}

  Settings load();

private:
  [[nodiscard]] std::string explicit_file() const;
  bool read_toml(const std::string& path, std::string_view kind, bool must_exist);
  void read_user_file();
  void read_project_file();
  void read_drop_ins(const std::string& directory);
  void read_tables_file(bool is_only_config);
  void apply_outside(const Item& item);

  Fs& m_fs;
  const ConfigSources& m_sources;
  SettingsBuilder m_builder;
  Environment m_environment;
};

std::string Loader::explicit_file() const {
  if (!m_sources.config_file.empty()) {
    return m_sources.config_file;
  }
  const auto variable = m_environment.find("MENACEDB_CONFIG");
  return variable ? variable->value : "";
}

bool Loader::read_toml(const std::string& path, std::string_view kind, bool must_exist) {
  const auto text = read_config_file(m_fs, path, must_exist, m_builder);
  m_builder.add_file({path, std::string(kind), text.has_value()});
  if (text) {
    read_toml_settings(*text, m_builder.texts().keep(path), m_builder);
  }
  return text.has_value();
}

void Loader::read_user_file() {
  constexpr std::string_view k_name = "menacedb/menacedb.toml";
  // The base directory specification ignores a relative one.
  if (const auto base = m_environment.find("XDG_CONFIG_HOME");
      base && base->value.starts_with('/')) {
    read_toml(join_path(base->value, k_name), "user", false);
  } else if (const auto home = m_environment.find("HOME")) {
    read_toml(join_path(join_path(home->value, ".config"), k_name), "user", false);
  }
}

void Loader::read_project_file() {
  if (read_toml("menacedb.toml", "project", false)) {
    read_drop_ins("menacedb.d");
  } else if (read_toml("config/menacedb.toml", "project", false)) {
    read_drop_ins("config/menacedb.d");
  }
}

void Loader::read_drop_ins(const std::string& directory) {
  std::vector<std::string> names;
  try {
    if (!m_fs.stat(directory)) {
      return;
    }
    for (DirEntry& entry : m_fs.list(directory)) {
      if (entry.name.ends_with(".toml") && !entry.name.starts_with('.')) {
        names.push_back(std::move(entry.name));
      }
    }
  } catch (const Error& error) {
    m_builder.problem({directory}, "", error.message());
  }
  std::ranges::sort(names);
  for (const std::string& name : names) {
    read_toml(join_path(directory, name), "drop-in", true);
  }
}

// Named by a setting it must exist; the old router's default place is only looked at when no file
// was named instead of all others.
void Loader::read_tables_file(bool is_only_config) {
  const Settings& settings = m_builder.settings();
  const bool is_default = settings.origin("routing.tables_file").kind == "default";
  if (is_default && is_only_config) {
    return;
  }
  const std::string path = settings.text("routing.tables_file");
  const auto text = read_config_file(m_fs, path, !is_default, m_builder);
  m_builder.add_file({path, "tables", text.has_value()});
  if (text) {
    read_json_tables(*text, m_builder.texts().keep(path), m_builder);
  }
}

void Loader::apply_outside(const Item& item) {
  m_environment.apply(item);
  const auto flag = m_sources.flags.find(std::string(item.key));
  if (flag != m_sources.flags.end()) {
    m_builder.set(item, flag->second, "flag", {item.flag});
  }
}

Settings Loader::load() {
  const std::string only = explicit_file();
  if (only.empty()) {
    read_toml(join_path(m_sources.system_directory, "menacedb.toml"), "system", false);
    read_user_file();
    read_project_file();
  } else {
    read_toml(only, "explicit", true);
  }
  // Which table file is read depends on all sources, what it says is below the environment.
  const Item* tables_file = find_item("routing.tables_file");
  apply_outside(*tables_file);
  read_tables_file(!only.empty());
  for (const Item& item : config_items()) {
    if (&item != tables_file) {
      apply_outside(item);
    }
  }
  check_job_handlers(m_builder);
  m_environment.find_second_queue_dir(m_fs);
  m_environment.report_mistyped();
  return m_builder.take();
}

} // namespace

Settings Settings::load(Fs& fs, const ConfigSources& sources) {
  return Loader(fs, sources).load();
}

std::vector<ConfigProblem> check_config_file(Fs& fs, const std::string& path) {
  if (!path.ends_with(".json")) {
    ConfigSources alone;
    alone.config_file = path;
    return Settings::load(fs, alone).problems();
  }
  SettingsBuilder builder;
  if (const auto text = read_config_file(fs, path, true, builder)) {
    read_json_tables(*text, path, builder);
  }
  return builder.settings().problems();
}

} // namespace menacedb
