#include "core/config/settings_builder.hpp"

#include <fmt/format.h>

namespace menacedb {

void SettingsBuilder::set(const Item& item, std::string_view text, std::string_view kind,
                          const Place& place) {
  ItemValue read = read_item_value(item, text);
  if (!read.value) {
    problem(place, std::string(item.key),
            fmt::format("cannot set '{}': {}", item.key, read.reason));
    return;
  }
  Settings::Slot& slot = m_settings.m_slots[index_of(item)];
  slot.said.push_back({*read.value, kind, place});
  slot.value = std::move(*read.value);
}

void SettingsBuilder::set_list(const Item& item, std::span<const PlacedTable> tables,
                               std::string_view kind, const Place& place) {
  TableLists& lists = *m_settings.m_tables;
  const std::size_t first = lists.all().size();
  const Placement placement = placement_from_word(item.key.substr(item.key.find('.') + 1));
  for (const PlacedTable& table : tables) {
    // Of a list's many names no copies are made, unless to say what is wrong.
    if (!table.name.empty() && table.name.find('\0') == std::string_view::npos) {
      lists.add({table.name, placement, false, kind, place.file, table.line, table.column});
    } else {
      problem(
          {place.file, table.line, table.column}, std::string(item.key),
          fmt::format("cannot set '{}': {}", item.key, read_item_value(item, table.name).reason));
    }
  }
  m_settings.m_slots[index_of(item)].said.push_back(
      {"", kind, place, first, lists.all().size() - first});
}

void SettingsBuilder::set_placement(std::string_view table, Placement placement,
                                    const Place& place) {
  this->table(table).placement = placement_word(placement);
  m_settings.m_tables->add({table, placement, true, "file", place.file, place.line, place.column});
}

TableSettings& SettingsBuilder::table(std::string_view name) {
  auto& tables = m_settings.m_table_settings;
  const auto found = tables.lower_bound(name);
  return found != tables.end() && found->first == name
             ? found->second
             : tables.try_emplace(found, std::string(name))->second;
}

JobHandlerSettings& SettingsBuilder::job_handler(std::string_view type, const Place& place) {
  m_job_handler_places.insert_or_assign(std::string(type), place);
  return m_settings.m_job_handlers[std::string(type)];
}

void SettingsBuilder::problem(const Place& place, std::string key, std::string message,
                              std::string hint) {
  m_settings.m_problems.push_back({std::string(place.file), place.line, place.column,
                                   std::move(key), std::move(message), std::move(hint)});
}

} // namespace menacedb
