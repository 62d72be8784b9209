#include "core/config/suggestions.hpp"

#include "core/base/text.hpp"
#include "core/config/items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace menacedb {
namespace {

std::string_view section_of(const Item& item) {
  return item.key.substr(0, item.key.find('.'));
}

// The full keys of the items whose own name is `name`, for a key that lost its table.
std::string item_named(std::string_view name) {
  std::string found;
  for (const Item& item : config_items()) {
    if (item.key.substr(item.key.find('.') + 1) == name) {
      found += (found.empty() ? "" : "' or '") + std::string(item.key);
    }
  }
  return found;
}

} // namespace

std::string did_you_mean(const std::optional<std::string>& candidate) {
  return candidate ? fmt::format("did you mean '{}'?", *candidate) : "";
}

std::string suggest_item(std::string_view key) {
  const std::string_view name = key.substr(key.find('.') + 1);
  if (const std::string elsewhere = item_named(name); !elsewhere.empty()) {
    return did_you_mean(elsewhere);
  }
  std::vector<std::string_view> keys;
  for (const Item& item : config_items()) {
    keys.push_back(item.key);
  }
  return did_you_mean(nearest(key, keys));
}

std::string suggest_section(std::string_view name) {
  std::vector<std::string_view> sections{"tables"};
  for (const Item& item : config_items()) {
    if (sections.back() != section_of(item)) {
      sections.push_back(section_of(item));
    }
  }
  return did_you_mean(nearest(name, sections));
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(config_items(),
                             [name](const Item& item) { return section_of(item) == name; });
}

} // namespace menacedb
