#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace menacedb {

enum class ItemType {
  text,
  path,
  boolean,
  integer,
  duration,
  bytes,
  word,
  text_list,
  counts,
  limits
};

// One configuration item. This table drives loading from all sources, unknown-key errors, `config
// show`, config/menacedb.toml and menacedb.toml(5).
struct Item {
  std::string_view key; // "queue.dir": table and key
  ItemType type;
  std::string_view default_value = {}; // as text, in the form the type reads
  std::string_view flag = {};          // the global option that sets it, or ""
  // Old systems' variables, first wins, separated by spaces; MENACEDB_* is implied.
  std::string_view environment = {};
  std::string_view words = {}; // ItemType::word: the allowed ones, separated by spaces
  std::string_view minimum =
      {}; // integer, duration, bytes: "" for none, in the form the type reads
  std::string_view maximum = {};
  std::string_view doc = {}; // one line
};

[[nodiscard]] std::span<const Item> config_items() noexcept;
[[nodiscard]] const Item* find_item(std::string_view key) noexcept;
[[nodiscard]] const Item* find_item(std::string_view table, std::string_view name) noexcept;
[[nodiscard]] std::size_t index_of(const Item& item) noexcept; // in config_items()
// "MENACEDB_QUEUE_DIR" of "queue.dir".
[[nodiscard]] std::string environment_name(const Item& item);
// How messages and the manual call a value of this item: "a duration such as '5s'".
[[nodiscard]] std::string describe_type(const Item& item);

// The text of a value in the one spelling that is kept ("0.5" as a duration is "500ms"), or why it
// is none ("expected a duration such as '5s', found 'soon'"). Lists are checked item by item.
struct ItemValue {
  std::optional<std::string> value;
  std::string reason; // when there is no value
};
[[nodiscard]] ItemValue read_item_value(const Item& item, std::string_view text);

} // namespace menacedb
