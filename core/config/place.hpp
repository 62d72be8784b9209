#pragma once

#include <forward_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace menacedb {

// Where a value came from.
struct Origin {
  std::string kind; // default|file|json|env|flag
  // "config/menacedb.toml:12:3", "DB_ROUTER_QUEUE_DIR", "--queue-dir"; "" for defaults.
  std::string at;
};

// Where in a source something stands. Lines and columns count from 1; 0 means that the source has
// none (a variable, an option). The view belongs to the Settings that are made of the source.
struct Place {
  std::string_view file; // or the name of the variable or option
  int line = 0;
  int column = 0;
};

// "menacedb.toml:12:3".
[[nodiscard]] std::string place_text(const Place& place);

// What the places and names of settings point into: they are hundreds where one or two are ever
// shown, so nothing is copied while a process starts. Kept as long as the settings.
class SourceTexts {
public:
  std::string_view keep(std::string text) { return m_strings.emplace_front(std::move(text)); }
  void keep(std::shared_ptr<const void> document) { m_documents.push_front(std::move(document)); }

private:
  std::forward_list<std::string> m_strings;
  std::forward_list<std::shared_ptr<const void>> m_documents;
};

// Where each key of a table of a file was set last.
class KeyPlaces {
public:
  void set(std::string_view key, const Place& place);
  [[nodiscard]] bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
  // The key must be there.
  [[nodiscard]] Origin at(std::string_view key) const;

private:
  struct Entry {
    std::string_view key;
    Place place;
  };
  [[nodiscard]] const Entry* find(std::string_view key) const noexcept;

  std::vector<Entry> m_entries;
};

} // namespace menacedb
