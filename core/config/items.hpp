#pragma once

#include <span>
#include <string_view>

namespace menacedb {

enum class ItemType { text, path, boolean, integer, duration, bytes, word, text_list };

// One configuration item. This table drives loading from all sources, unknown-key errors, `config
// show`, config/menacedb.toml and menacedb.toml(5).
struct Item {
  std::string_view key; // "queue.dir": table and key
  ItemType type;
  std::string_view default_value; // as text, in the form the type reads
  std::string_view flag;          // the global option that sets it, or ""
  std::string_view
      environment; // old systems' variables, first wins, separated by spaces; MENACEDB_* is implied
  std::string_view words; // ItemType::word: the allowed ones, separated by spaces
  std::string_view doc;   // one line
};

[[nodiscard]] std::span<const Item> config_items() noexcept;
[[nodiscard]] const Item* find_item(std::string_view key) noexcept;

} // namespace menacedb
