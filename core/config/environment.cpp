#include "core/config/environment.hpp"

#include "core/base/text.hpp"
#include "core/config/config_file.hpp"
#include "core/config/suggestions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace menacedb {
namespace {

// Variables that begin like an item's and are not one.
constexpr std::string_view k_prefix = "MENACEDB_";

bool is_of_a_known_table(std::string_view name) {
  return std::ranges::any_of(config_items(), [name](const Item& item) {
    const std::string variable = environment_name(item);
    const std::size_t table_end = k_prefix.size() + item.key.find('.') + 1;
    return name.starts_with(std::string_view(variable).substr(0, table_end));
  });
}

// What the old shell library meant where we would read something else.
std::string in_our_words(std::string_view name, std::string value) {
  const bool is_number = value.find_first_not_of("0123456789") == std::string::npos;
  if (name == "SQLITE_TIMEOUT" && is_number) {
    return value + "ms";
  }
  if (name == "RETENTION_HOURS" && is_number) {
    return value + "h";
  }
  if (name == "USE_QUEUE") {
    return value == "true" ? value : "false";
  }
  return value;
}

// The first that is set, from the highest down, of old systems' names.
std::optional<Environment::Variable> first_set(const Environment& environment,
                                               std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto variable = environment.find(name)) {
      return variable;
    }
  }
  return {};
}

bool is_same_directory(Fs& fs, const std::string& a, const std::string& b) {
  const auto normal = [](const std::string& path) {
    return (std::filesystem::path(path) / "").lexically_normal();
  };
  if (normal(a) == normal(b)) {
    return true;
  }
  // "/." makes the stat go through a link to the directory.
  const auto first = fs.stat(a + "/.");
  const auto second = fs.stat(b + "/.");
  return first && second && first->id == second->id;
}

} // namespace

Environment::Environment(Fs& fs, const ConfigSources& sources, SettingsBuilder& builder)
    : m_sources(sources), m_builder(builder) {
  if (const auto file = find("MENACE_ENV_FILE")) {
    read_file(fs, file->value);
  }
}

std::optional<Environment::Variable> Environment::find(const std::string& name) const {
  const char* value = m_sources.environment ? m_sources.environment(name.c_str()) : nullptr;
  if (value != nullptr && *value != '\0') {
    return Variable{value, name};
  }
  const auto found = m_file.find(name);
  return found == m_file.end() ? std::nullopt : std::optional(found->second);
}

void Environment::read_file(Fs& fs, const std::string& path) {
  const auto text = read_config_file(fs, path, true, m_builder);
  m_builder.add_file({path, "environment", text.has_value()});
  std::string_view rest = text ? *text : std::string_view();
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    read_file_line(path, number, trim(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void Environment::read_file_line(const std::string& path, int number, std::string_view line) {
  if (line.empty() || line.starts_with('#')) {
    return;
  }
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    m_builder.problem({path, number, 1}, "", "cannot read line: expected KEY=VALUE");
    return;
  }
  const std::string name(trim(line.substr(0, equals)));
  const std::string value(trim(line.substr(equals + 1)));
  if (!value.empty()) {
    m_file.insert_or_assign(name, Variable{value, path, number});
  }
}

void Environment::set(const Item& item, const std::string& name) const {
  auto variable = find(name);
  if (!variable) {
    return;
  }
  const Place place{m_builder.texts().keep(std::move(variable->source)), variable->line,
                    variable->line == 0 ? 0 : 1};
  variable->value = in_our_words(name, std::move(variable->value));
  if (item.type != ItemType::text_list) {
    m_builder.set(item, variable->value, "env", place);
    return;
  }
  std::vector<SettingsBuilder::PlacedTable> tables;
  for (std::string& table : split_list(variable->value)) {
    tables.push_back({m_builder.texts().keep(std::move(table)), place.line, place.column});
  }
  m_builder.set_list(item, tables, "env", place);
}

void Environment::apply(const Item& item) const {
  std::string_view names = item.environment;
  while (!names.empty()) { // the first wins, so it is set last
    const std::size_t blank = names.rfind(' ');
    const std::size_t begin = blank == std::string_view::npos ? 0 : blank + 1;
    set(item, std::string(names.substr(begin)));
    names = names.substr(0, begin == 0 ? 0 : blank);
  }
  set(item, environment_name(item));
}

void Environment::find_second_queue_dir(Fs& fs) const {
  const auto first = find("DB_ROUTER_QUEUE_DIR");
  const auto second = first_set(*this, {"SHARED_QUEUE_DIR", "MENACE_QUEUE_DIR", "DB_QUEUE_DIR"});
  if (!first || !second || find("MENACEDB_QUEUE_DIR") || m_sources.flags.contains("queue.dir")) {
    return;
  }
  if (!is_same_directory(fs, first->value, second->value)) {
    m_builder.set_second_queue_dir(second->value);
  }
}

void Environment::report_mistyped() const {
  std::vector<std::string> known;
  for (const char* const* variable = m_sources.variables;
       variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::string_view name = text.substr(0, text.find('='));
    if (!name.starts_with(k_prefix) || !is_of_a_known_table(name)) {
      continue;
    }
    if (known.empty()) {
      known.emplace_back("MENACEDB_SYNC_BATCH");
      std::ranges::transform(config_items(), std::back_inserter(known), environment_name);
    }
    if (std::ranges::find(known, name) != known.end()) {
      continue;
    }
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    if (auto near = nearest(name, candidates)) {
      m_builder.problem({name}, "", fmt::format("cannot use '{}': unknown variable", name),
                        did_you_mean(near));
    }
  }
}

} // namespace menacedb
