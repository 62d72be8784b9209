#include "core/config/settings.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>

namespace menacedb {
namespace {

bool holds(std::string_view key, std::initializer_list<ItemType> types) {
  const Item* item = find_item(key);
  return item != nullptr && std::ranges::find(types, item->type) != types.end();
}

std::string_view key_part(std::string_view key) {
  return key.substr(key.find('.') + 1);
}

} // namespace

std::string problem_text(const ConfigProblem& problem) {
  const std::string place = printable(problem.file);
  if (problem.line == 0) {
    return fmt::format("{}: {}", place, problem.message);
  }
  return fmt::format("{}:{}:{}: {}", place, problem.line, problem.column, problem.message);
}

Settings::Settings() {
  m_slots.reserve(config_items().size());
  for (const Item& item : config_items()) {
    m_slots.push_back({std::string(item.default_value), {}});
  }
}

void Settings::check() const {
  if (m_problems.empty()) {
    return;
  }
  const ConfigProblem& first = m_problems.front();
  std::string hint = first.hint.empty() ? "" : first.hint + " or run: ";
  if (first.file.starts_with("--")) {
    throw Error(ErrorKind::usage, "usage", problem_text(first)).with_hint(first.hint);
  }
  hint += m_problems.size() == 1
              ? "menacedb config check"
              : fmt::format("menacedb config check (lists all {} problems)", m_problems.size());
  throw Error(ErrorKind::config, "config", problem_text(first)).with_hint(std::move(hint));
}

const Settings::Slot& Settings::slot(std::string_view key) const {
  const Item* item = find_item(key);
  assert(item != nullptr);
  return m_slots[index_of(*item)];
}

const std::string& Settings::text(std::string_view key) const {
  assert(holds(
      key, {ItemType::text, ItemType::path, ItemType::word, ItemType::counts, ItemType::limits}));
  return slot(key).value;
}

bool Settings::boolean(std::string_view key) const {
  assert(holds(key, {ItemType::boolean}));
  return slot(key).value == "true";
}

std::int64_t Settings::integer(std::string_view key) const {
  assert(holds(key, {ItemType::integer}));
  const std::string& value = slot(key).value;
  std::int64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

Duration Settings::duration(std::string_view key) const {
  assert(holds(key, {ItemType::duration}));
  return parse_duration(slot(key).value).value();
}

Bytes Settings::bytes(std::string_view key) const {
  assert(holds(key, {ItemType::bytes}));
  return parse_bytes(slot(key).value).value();
}

std::vector<std::string> Settings::list(std::string_view key) const {
  assert(holds(key, {ItemType::text_list}));
  std::vector<std::string> all;
  for (const RoutedTables& routed : m_routed) {
    if (routed.is_explicit || routed.placement != key_part(key)) {
      continue;
    }
    for (const std::string& table : routed.tables) {
      if (std::ranges::find(all, table) == all.end()) {
        all.push_back(table);
      }
    }
  }
  return all;
}

std::string Settings::display(std::string_view key) const {
  if (holds(key, {ItemType::text_list})) {
    return fmt::format("{}", fmt::join(list(key), ","));
  }
  return slot(key).value;
}

Origin Settings::origin(std::string_view key) const {
  const Slot& found = slot(key);
  return found.layers.empty() ? Origin{"default", ""} : found.layers.back().origin;
}

std::vector<Settings::Layer> Settings::layers(std::string_view key) const {
  const Slot& found = slot(key);
  if (found.layers.empty()) {
    return {};
  }
  std::vector<Layer> lower(found.layers.rbegin() + 1, found.layers.rend());
  lower.push_back({std::string(find_item(key)->default_value), {"default", ""}});
  return lower;
}

std::vector<std::string> Settings::drain_queue_dirs() const {
  std::vector<std::string> directories{text("queue.dir")};
  if (!m_second_queue_dir.empty()) {
    directories.push_back(m_second_queue_dir);
  }
  return directories;
}

} // namespace menacedb
