#pragma once

#include "core/config/items.hpp"
#include "core/config/settings.hpp"

#include <map>
#include <string>
#include <string_view>

namespace menacedb {

// Where in a source something stands. Lines and columns count from 1; 0 means that the source has
// none (a variable, an option).
struct Place {
  std::string file; // or the name of the variable or option
  int line = 0;
  int column = 0;
};

// What the sources write into, lowest source first. Lives only while settings are loaded.
class SettingsBuilder {
public:
  // Checks and keeps a value, or reports why it is none and leaves what was there.
  void set(const Item& item, std::string_view text, std::string_view kind, const Place& place);
  // The same for a list of [routing]; each table's own place is in `tables`.
  struct PlacedTable {
    std::string name;
    Place place;
  };
  void set_list(const Item& item, const std::vector<PlacedTable>& tables, std::string_view kind,
                const Place& place);
  void set_placement(const std::string& table, std::string_view placement, const Place& place);
  [[nodiscard]] TableSettings& table(const std::string& name);
  [[nodiscard]] JobHandlerSettings& job_handler(const std::string& type, const Place& place);
  // Where each was spoken of last.
  [[nodiscard]] const std::map<std::string, Place>& job_handler_places() const noexcept {
    return m_job_handler_places;
  }
  void set_second_queue_dir(std::string path) { m_settings.m_second_queue_dir = std::move(path); }

  void problem(const Place& place, std::string key, std::string message, std::string hint = {});
  void add_file(ConfigFile file) { m_settings.m_files.push_back(std::move(file)); }

  [[nodiscard]] const Settings& settings() const noexcept { return m_settings; }
  [[nodiscard]] Settings take() noexcept { return std::move(m_settings); }

private:
  void route(std::string_view placement, const PlacedTable& table, std::string_view kind,
             bool is_explicit);

  Settings m_settings;
  std::map<std::string, Place> m_job_handler_places;
};

} // namespace menacedb
