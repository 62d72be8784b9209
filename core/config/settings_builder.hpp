#pragma once

#include "core/config/items.hpp"
#include "core/config/settings.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace menacedb {

// What the sources write into, lowest source first. Lives only while settings are loaded.
class SettingsBuilder {
public:
  // Checks and keeps a value, or reports why it is none and leaves what was there.
  void set(const Item& item, std::string_view text, std::string_view kind, const Place& place);
  // The same for a list of [routing]; each table's own place is in `tables`. The names are kept.
  struct PlacedTable {
    std::string_view name;
    int line = 0;
    int column = 0;
  };
  void set_list(const Item& item, std::span<const PlacedTable> tables, std::string_view kind,
                const Place& place);
  void set_placement(std::string_view table, Placement placement, const Place& place);
  [[nodiscard]] TableSettings& table(std::string_view name);
  [[nodiscard]] JobHandlerSettings& job_handler(std::string_view type, const Place& place);
  // Where each was spoken of last.
  [[nodiscard]] const std::map<std::string, Place, std::less<>>&
  job_handler_places() const noexcept {
    return m_job_handler_places;
  }
  void set_second_queue_dir(std::string path) { m_settings.m_second_queue_dir = std::move(path); }

  void problem(const Place& place, std::string key, std::string message, std::string hint = {});
  void add_file(ConfigFile file) { m_settings.m_files.push_back(std::move(file)); }

  [[nodiscard]] const Settings& settings() const noexcept { return m_settings; }
  [[nodiscard]] const TableLists& lists() const noexcept { return *m_settings.m_tables; }
  [[nodiscard]] Settings take() noexcept { return std::move(m_settings); }

  // For texts that places or names point into: they live as long as the settings.
  [[nodiscard]] SourceTexts& texts() noexcept { return *m_settings.m_texts; }

private:
  Settings m_settings;
  std::map<std::string, Place, std::less<>> m_job_handler_places;
};

} // namespace menacedb
