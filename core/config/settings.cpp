#include "core/config/settings.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <unordered_set>

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

Settings::Settings()
    : m_texts(std::make_shared<SourceTexts>()), m_tables(std::make_shared<TableLists>(m_texts)) {
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
  const Placement placement = placement_from_word(key_part(key));
  std::vector<std::string> all;
  std::unordered_set<std::string_view> seen;
  for (const ListedTable& table : m_tables->all()) {
    if (!table.is_explicit && table.placement == placement && seen.insert(table.name).second) {
      all.emplace_back(table.name);
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
  if (found.said.empty()) {
    return {"default", ""};
  }
  return {std::string(found.said.back().kind), place_text(found.said.back().place)};
}

Settings::Layer Settings::layer_of(const Said& said) const {
  Layer layer{said.value, {std::string(said.kind), place_text(said.place)}};
  for (std::size_t i = 0; i < said.table_count; ++i) {
    layer.list.emplace_back(m_tables->all()[said.first_table + i].name);
  }
  return layer;
}

std::vector<Settings::Layer> Settings::layers(std::string_view key) const {
  const Slot& found = slot(key);
  if (found.said.empty()) {
    return {};
  }
  std::vector<Layer> lower;
  for (auto said = found.said.rbegin() + 1; said != found.said.rend(); ++said) {
    lower.push_back(layer_of(*said));
  }
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
