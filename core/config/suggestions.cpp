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

std::string_view name_of(const Item& item) {
  return item.key.substr(item.key.find('.') + 1);
}

// For a key that stands in the wrong table or in none: the items of that name.
std::vector<std::string_view> keys_named(std::string_view name) {
  std::vector<std::string_view> keys;
  for (const Item& item : config_items()) {
    if (name_of(item) == name) {
      keys.push_back(item.key);
    }
  }
  return keys;
}

} // namespace

std::string did_you_mean(const std::optional<std::string>& candidate) {
  return candidate ? fmt::format("did you mean '{}'?", *candidate) : "";
}

std::string suggest_item(std::string_view key) {
  const auto namesakes = keys_named(key.substr(key.find('.') + 1));
  if (!namesakes.empty()) {
    const auto near = nearest(key, namesakes);
    return did_you_mean(near ? near : fmt::format("{}", fmt::join(namesakes, "' or '")));
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
