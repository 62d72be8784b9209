#include "core/config/settings_builder.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

std::string text_of(const Place& place) {
  return place.line == 0 ? place.file
                         : fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

std::string line_of(const Place& place) {
  return place.line == 0 ? place.file : fmt::format("{}:{}", place.file, place.line);
}

} // namespace

void SettingsBuilder::set(const Item& item, std::string_view text, std::string_view kind,
                          const Place& place) {
  ItemValue read = read_item_value(item, text);
  if (!read.value) {
    problem(place, std::string(item.key),
            fmt::format("cannot set '{}': {}", item.key, read.reason));
    return;
  }
  Settings::Slot& slot = m_settings.m_slots[index_of(item)];
  slot.layers.push_back({*read.value, {std::string(kind), text_of(place)}});
  slot.value = std::move(*read.value);
}

void SettingsBuilder::set_list(const Item& item, const std::vector<PlacedTable>& tables,
                               std::string_view kind, const Place& place) {
  Settings::Layer layer{.origin = {std::string(kind), text_of(place)}};
  for (const PlacedTable& table : tables) {
    const ItemValue read = read_item_value(item, table.name);
    if (!read.value) {
      problem(table.place, std::string(item.key),
              fmt::format("cannot set '{}': {}", item.key, read.reason));
      continue;
    }
    layer.list.push_back(table.name);
    route(item.key.substr(item.key.find('.') + 1), table, kind, false);
  }
  layer.value = fmt::format("{}", fmt::join(layer.list, ","));
  m_settings.m_slots[index_of(item)].layers.push_back(std::move(layer));
}

void SettingsBuilder::set_placement(const std::string& table, std::string_view placement,
                                    const Place& place) {
  this->table(table).placement = placement;
  route(placement, {table, place}, "file", true);
}

TableSettings& SettingsBuilder::table(const std::string& name) {
  return m_settings.m_tables[name];
}

JobHandlerSettings& SettingsBuilder::job_handler(const std::string& type, const Place& place) {
  m_job_handler_places[type] = place;
  return m_settings.m_job_handlers[type];
}

void SettingsBuilder::route(std::string_view placement, const PlacedTable& table,
                            std::string_view kind, bool is_explicit) {
  const std::string at = line_of(table.place);
  auto& routed = m_settings.m_routed;
  if (!routed.empty() && routed.back().origin.at == at && routed.back().origin.kind == kind &&
      routed.back().placement == placement && routed.back().is_explicit == is_explicit) {
    routed.back().tables.push_back(table.name);
    return;
  }
  routed.push_back({std::string(placement), {std::string(kind), at}, {table.name}, is_explicit});
}

void SettingsBuilder::problem(const Place& place, std::string key, std::string message,
                              std::string hint) {
  m_settings.m_problems.push_back(
      {place.file, place.line, place.column, std::move(key), std::move(message), std::move(hint)});
}

} // namespace menacedb
