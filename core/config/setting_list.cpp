#include "core/config/setting_list.hpp"

#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "core/config/items.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

// More limits than an age are a table; what an age alone says, its text says.
SettingValue limits_value(const std::string& text) {
  SettingValue value{SettingValue::Kind::text, text};
  for (const std::string& part : split_list(text)) {
    if (const std::size_t equals = part.find('='); equals != std::string::npos) {
      const std::string name = part.substr(0, equals);
      value.kind = SettingValue::Kind::table;
      value.members.push_back({name, part.substr(equals + 1), name == "count"});
    }
  }
  return value;
}

SettingValue retention_value(const RowRetention& retention) {
  SettingValue value{SettingValue::Kind::table,
                     fmt::format("{} {}", retention.column, format_duration(retention.keep))};
  value.members = {{"column", retention.column}, {"keep", format_duration(retention.keep)}};
  if (retention.unit != Duration(std::chrono::seconds(1))) {
    value.members.push_back({"unit", retention.unit == Duration(1) ? "us" : "ms"});
  }
  return value;
}

SettingValue value_of(const Item& item, const std::string& text, std::vector<std::string> list) {
  switch (item.type) {
  case ItemType::boolean:
  case ItemType::integer:
    return {SettingValue::Kind::literal, text};
  case ItemType::text_list:
    return {SettingValue::Kind::list, {}, std::move(list)};
  case ItemType::text:
  case ItemType::path:
  case ItemType::duration:
  case ItemType::bytes:
  case ItemType::word:
  case ItemType::counts:
    break;
  case ItemType::limits:
    return limits_value(text);
  }
  return {SettingValue::Kind::text, text};
}

Setting setting_of(const Settings& settings, const Item& item) {
  const std::size_t dot = item.key.find('.');
  const bool is_list = item.type == ItemType::text_list;
  const auto list = is_list ? settings.list(item.key) : std::vector<std::string>{};
  Setting setting{{std::string(item.key.substr(0, dot)), std::string(item.key.substr(dot + 1))},
                  std::string(item.key),
                  value_of(item, settings.display(item.key), list),
                  settings.origin(item.key),
                  {}};
  for (const Settings::Layer& layer : settings.layers(item.key)) {
    setting.overrides.push_back(
        {.value = value_of(item, layer.value, layer.list), .origin = layer.origin});
  }
  return setting;
}

void add_table(const std::string& name, const TableSettings& table, std::vector<Setting>& all) {
  const auto add = [&](std::string_view key, SettingValue value) {
    all.push_back({.key_path = {"tables", name, std::string(key)},
                   .key = fmt::format("tables.{}.{}", name, key),
                   .value = std::move(value),
                   .origin = table.origins.at(key)});
  };
  if (!table.placement.empty()) {
    add("placement", {SettingValue::Kind::text, table.placement});
  }
  if (table.dedup_is_columns) {
    add("dedup", {SettingValue::Kind::list, {}, table.dedup});
  } else if (table.origins.contains("dedup")) {
    add("dedup", {SettingValue::Kind::text, table.dedup.empty() ? "auto" : table.dedup[0]});
  }
  if (table.retention) {
    add("retention", retention_value(*table.retention));
  }
  for (const auto& [key, value] : {std::pair("alter", table.alters), {"create", table.creates}}) {
    if (table.origins.contains(key)) { // said, if only to say no
      add(key, {SettingValue::Kind::literal, value ? "true" : "false", {}});
    }
  }
  if (table.priority) {
    add("priority", {SettingValue::Kind::literal, std::to_string(*table.priority)});
  }
}

class HandlerList {
public:
  HandlerList(const std::string& type, const JobHandlerSettings& handler, std::vector<Setting>& all)
      : m_type(type), m_handler(handler), m_all(all) {}

  void add() {
    using enum SettingValue::Kind;
    const JobHandlerSettings& handler = m_handler;
    add("exec", handler.is_exec_shell ? SettingValue{text, handler.exec.at(0), {}}
                                      : SettingValue{list, {}, handler.exec});
    add("lua", {text, handler.lua, {}});
    add("function", {text, handler.function, {}});
    add("timeout", {text, format_duration(handler.timeout), {}});
    add("max_attempts", {literal, std::to_string(handler.max_attempts), {}});
    add("retry_delay", {text, format_duration(handler.retry_delay), {}});
    add("max_retry_delay", {text, format_duration(handler.max_retry_delay), {}});
    add("concurrency", {literal, std::to_string(handler.concurrency), {}});
    add("cwd", {text, handler.cwd, {}});
    std::vector<std::string> names; // values may be secrets
    for (const auto& [name, value] : handler.env) {
      names.push_back(name);
    }
    add("env", {list, {}, std::move(names)});
    add("every", {text, format_duration(handler.every.value_or(Duration::zero())), {}});
    add("cron", {text, handler.cron, {}});
    add("time_zone", {text, handler.time_zone, {}});
    add("payload", {text, handler.payload, {}});
    add("priority", {literal, std::to_string(handler.priority), {}});
  }

private:
  void add(std::string_view key, SettingValue value) {
    if (m_handler.origins.contains(key)) {
      m_all.push_back({.key_path = {"jobs", "handlers", m_type, std::string(key)},
                       .key = fmt::format("jobs.handlers.{}.{}", m_type, key),
                       .value = std::move(value),
                       .origin = m_handler.origins.at(key)});
    }
  }

  const std::string& m_type;
  const JobHandlerSettings& m_handler;
  std::vector<Setting>& m_all;
};

bool is_bare_key(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

} // namespace

std::vector<Setting> list_settings(const Settings& settings) {
  std::vector<Setting> all;
  for (const Item& item : config_items()) {
    all.push_back(setting_of(settings, item));
  }
  for (const auto& [name, table] : settings.tables()) {
    add_table(name, table, all);
  }
  for (const auto& [type, handler] : settings.job_handlers()) {
    HandlerList(type, handler, all).add();
  }
  return all;
}

std::string toml_key(std::span<const std::string> path) {
  std::string key;
  for (const std::string& name : path) {
    key += key.empty() ? "" : ".";
    if (is_bare_key(name)) {
      key += name;
    } else {
      append_json_string(key, name, true);
    }
  }
  return key;
}

} // namespace menacedb
